#include "actors/gossip/wire/packet_writer.hpp"

#include <numeric>
#include <span>
#include <utility>

#include <zlib.h>

#include "actors/gossip/wire/big_endian.hpp"
#include "actors/gossip/wire/compressed.hpp"
#include "actors/gossip/wire/label.hpp"
#include "messages/ensure.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::wire {

namespace limits = messages::limits;

namespace {

constexpr std::size_t compound_parts_max = 255;  // their number is a byte
// What layers may add to the messages of a datagram: label, encryption, checksum.
constexpr std::size_t layers_bytes_max = 512;
// Beneath IP and UDP headers.
constexpr std::size_t datagram_bytes_max = 65'507;
constexpr std::size_t message_bytes_max = datagram_bytes_max - layers_bytes_max;

}  // namespace

packet_writer::packet_writer(const frame_settings& settings, keyring* ring,
                             std::shared_ptr<packet_buffers> buffers)
    : settings_(settings), ring_(ring), buffers_(std::move(buffers)) {
  messages::ensure(settings.label.size() <= limits::gossip_label_bytes_max);
}

void packet_writer::start(std::size_t extra_bytes) {
  extra_bytes_ = extra_bytes;
  buffers_->parts.clear();
  buffers_->lengths.clear();
  accepted_bytes_ = 0;
}

std::size_t packet_writer::room() const {
  const auto& lengths = buffers_->lengths;
  const std::size_t first = lengths.empty() ? 0 : lengths.front();
  const std::size_t others =
      accepted_bytes_ - first +
      (lengths.empty() ? 0 : piggyback_overhead_bytes * (lengths.size() - 1));
  const std::size_t all = piggyback_room(settings_, ring_, first) + extra_bytes_;
  const std::size_t left = all > others ? all - others : 0;
  return lengths.size() < compound_parts_max ? left : 0;
}

// The first message is what the packet is sent for: it goes even if it is over the budget.
bool packet_writer::accept(std::size_t bytes) {
  if (empty() ? bytes > message_bytes_max : bytes + piggyback_overhead_bytes > room())
    return false;
  buffers_->lengths.push_back(static_cast<std::uint16_t>(bytes));
  accepted_bytes_ += bytes;
  return true;
}

bool packet_writer::add(const packet_message& message) {
  encode(message, buffers_->parts);
  if (accept(buffers_->parts.size() - accepted_bytes_))
    return true;
  buffers_->parts.resize(accepted_bytes_);
  return false;
}

bool packet_writer::add_encoded(std::string_view message) {
  if (message.empty() || !accept(message.size()))
    return false;
  buffers_->parts.append(message);
  return true;
}

std::string_view packet_writer::finish(options how, part messages) {
  const auto lengths = std::span{buffers_->lengths}.subspan(messages.first, messages.count);
  if (lengths.empty())
    return {};
  const auto before = std::span{buffers_->lengths}.first(messages.first);
  const auto begin = std::accumulate(before.begin(), before.end(), std::size_t{0});
  const auto bytes = std::accumulate(lengths.begin(), lengths.end(), std::size_t{0});
  auto& [plain, next] = buffers_->layers;
  plain.clear();
  if (lengths.size() > 1) {
    plain.push_back(static_cast<char>(message_type::compound));
    plain.push_back(static_cast<char>(lengths.size()));
    for (const std::uint16_t length : lengths)
      append_big_endian(plain, length);
  }
  plain.append(buffers_->parts, begin, bytes);

  constexpr std::size_t checksum_head_bytes = 5;
  next.assign(how.checksum ? checksum_head_bytes : 0, '\0');
  const bool is_smaller = settings_.compresses &&
                          plain.size() >= limits::gossip_compressed_bytes_min &&
                          pack_compressed(plain, plain.size() - 1, next);
  if (!is_smaller)
    next.append(plain);
  if (how.checksum) {
    const auto* const covered = reinterpret_cast<const Bytef*>(next.data()) + checksum_head_bytes;
    const auto sum = static_cast<std::uint32_t>(
        crc32(0, covered, static_cast<uInt>(next.size() - checksum_head_bytes)));
    next[0] = static_cast<char>(message_type::has_checksum);
    for (std::size_t i = 1; i < checksum_head_bytes; ++i)
      next[i] = static_cast<char>(sum >> (8 * (checksum_head_bytes - 1 - i)) & 0xff);
  }
  const bool encrypts = is_encrypting(settings_, ring_);
  if (!encrypts && settings_.label.empty())
    return next;
  plain.clear();
  append_label(plain, settings_.label);
  if (!encrypts)
    return plain.append(next);
  if (!ring_->seal(settings_.version, next, {settings_.label}, plain))
    return {};
  return plain;
}

}  // namespace troupe::actors::gossip::wire
