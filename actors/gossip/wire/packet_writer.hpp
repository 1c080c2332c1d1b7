// From messages to a datagram's bytes: as many as fit into the budget, in a compound if they are
// more than one, compressed if that is smaller, with a checksum if asked for, encrypted, labelled.
// Allocates nothing once its buffers have grown.
//
//   writer.start();
//   writer.add(ping); writer.add(suspect); ...   // false: does not fit
//   socket.send(writer.finish({.checksum = true}));
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "actors/gossip/wire/frame_settings.hpp"
#include "actors/gossip/wire/packet_buffers.hpp"
#include "actors/gossip/wire/swim_messages.hpp"

namespace troupe::actors::gossip::wire {

class packet_writer {
 public:
  // `ring` is null if encryption is off; it must outlive the writer.
  packet_writer(const frame_settings& settings, keyring* ring,
                std::shared_ptr<packet_buffers> buffers = std::make_shared<packet_buffers>());

  // Forgets what was added. `extra_bytes` more than the budget may be added, in the hope that
  // compression takes them off.
  void start(std::size_t extra_bytes = 0);
  // False, and nothing added, if it does not fit beside what is there. The first message always
  // does, up to limits::gossip_datagram_bytes_max.
  bool add(const packet_message& message);
  // An encoded message, with its type byte.
  bool add_encoded(std::string_view message);
  // Bytes left for another message and its 2 bytes in the compound (3 for the payload of a user
  // message, see frame_settings.hpp).
  std::size_t room() const;
  std::size_t size() const { return buffers_->lengths.size(); }  // messages
  std::size_t bytes() const { return accepted_bytes_; }          // of them
  bool empty() const { return buffers_->lengths.empty(); }

  struct options {
    bool checksum = false;  // the receiver is known to understand it: its protocol_max is 5 or more
  };
  struct part {
    std::size_t first = 0;
    std::size_t count = 0;
  };
  // The datagram; it holds until the next call. Empty if nothing was added or encryption failed.
  std::string_view finish(options how) { return finish(how, {0, size()}); }
  // With only these of the messages.
  std::string_view finish(options how, part messages);

 private:
  bool accept(std::size_t bytes);

  frame_settings settings_;
  keyring* ring_;
  std::shared_ptr<packet_buffers> buffers_;
  std::size_t accepted_bytes_ = 0;  // of their parts
  std::size_t extra_bytes_ = 0;
};

}  // namespace troupe::actors::gossip::wire
