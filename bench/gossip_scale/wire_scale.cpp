#include "bench/gossip_scale/wire_scale.hpp"

#include "actors/gossip/wire/push_pull.hpp"
#include "actors/gossip/wire/stream_frame.hpp"
#include "bench/gossip_scale/agent_words.hpp"

namespace troupe::gossip_scale {

namespace wire = actors::gossip::wire;

namespace {

// Packing takes longer than all else about a packet; so many make it a tenth of the whole.
constexpr std::uint64_t packets_a_sample = 32;
constexpr std::uint64_t push_pulls_a_sample = 16;
constexpr std::uint32_t payloads = 64;

}  // namespace

wire_scale::wire_scale(const swim::member_directory& directory)
    : directory_(directory), writer_({}, nullptr) {
  for (std::uint32_t i = 0; i < payloads; ++i)
    ack_payloads_.push_back(agent_coordinate(i));
}

bool wire_scale::tally::put(std::size_t added, std::uint64_t one_in) {
  bytes += added;
  if (count++ % one_in != 0)
    return false;
  sampled_bytes += added;
  return true;
}

double wire_scale::tally::total() const {
  if (sampled_bytes == 0)
    return 0;
  return static_cast<double>(bytes) * static_cast<double>(packed_bytes) /
         static_cast<double>(sampled_bytes);
}

void wire_scale::put_packet(swim::member_number from, const swim::packet& packet,
                            std::span<const swim::update> updates, std::size_t bytes) {
  if (!packets_.put(bytes, packets_a_sample))
    return;
  writer_.start();
  actors::gossip::add_primary(packet.primary,
                              {directory_.name(from), ack_payloads_[from.value % payloads]},
                              directory_, writer_);
  for (const auto& each : updates)
    actors::gossip::add_update(each, directory_, writer_);
  packets_.packed_bytes += writer_.finish({.checksum = true}).size();
}

void wire_scale::put_push_pull(std::span<const swim::remote_record> records, std::size_t bytes) {
  if (!push_pulls_.put(bytes, push_pulls_a_sample))
    return;
  wire::push_pull_writer writer({.nodes = records.size()});
  for (const auto& each : records)
    writer.add(actors::gossip::push_pull_node(each, directory_));
  if (const auto framed = wire::encode_stream({}, nullptr, wire::stream_side::dialler,
                                              std::move(writer).finish({})))
    push_pulls_.packed_bytes += framed->size();
}

std::uint64_t wire_scale::bytes() const {
  return static_cast<std::uint64_t>(packets_.total() + push_pulls_.total()) + plain_bytes_;
}

}  // namespace troupe::gossip_scale
