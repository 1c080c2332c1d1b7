// What packets and push/pulls of a simulation weigh on the wire, compressed as agents do it. Only
// a sample is packed; all weigh as it did for their size before that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "actors/gossip/packet_messages.hpp"
#include "actors/gossip/swim/swim_core.hpp"

namespace troupe::gossip_scale {

namespace swim = actors::gossip::swim;

class wire_scale {
 public:
  // The directory must outlive this.
  explicit wire_scale(const swim::member_directory& directory);

  // Bytes of the payload that each member's acks carry.
  std::size_t ack_payload_bytes() const { return ack_payloads_.front().size(); }

  // bytes: before compression.
  void put_packet(swim::member_number from, const swim::packet& packet,
                  std::span<const swim::update> updates, std::size_t bytes);
  void put_push_pull(std::span<const swim::remote_record> records, std::size_t bytes);
  // That is not compressed.
  void put_plain(std::size_t bytes) { plain_bytes_ += bytes; }

  // Of all that was put on it so far, without UDP's and TCP's headers.
  std::uint64_t bytes() const;

 private:
  struct tally {
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    std::uint64_t sampled_bytes = 0;
    std::uint64_t packed_bytes = 0;  // of the sampled

    // Whether to pack this one.
    bool put(std::size_t added, std::uint64_t one_in);
    double total() const;
  };

  const swim::member_directory& directory_;
  actors::gossip::wire::packet_writer writer_;
  std::vector<std::string> ack_payloads_;  // of some members; the others have theirs
  tally packets_;
  tally push_pulls_;
  std::uint64_t plain_bytes_ = 0;
};

}  // namespace troupe::gossip_scale
