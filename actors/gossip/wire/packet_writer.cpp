#include "actors/gossip/wire/packet_writer.hpp"

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

packet_writer::packet_writer(const frame_settings& settings, keyring* ring)
    : settings_(settings), ring_(ring) {
  messages::ensure(settings.label.size() <= limits::gossip_label_bytes_max);
}

void packet_writer::start() {
  parts_.clear();
  lengths_.clear();
  accepted_bytes_ = 0;
}

std::size_t packet_writer::room() const {
  const std::size_t first = lengths_.empty() ? 0 : lengths_.front();
  const std::size_t others =
      accepted_bytes_ - first +
      (lengths_.empty() ? 0 : piggyback_overhead_bytes * (lengths_.size() - 1));
  const std::size_t all = piggyback_room(settings_, ring_, first);
  const std::size_t left = all > others ? all - others : 0;
  return lengths_.size() < compound_parts_max ? left : 0;
}

// The first message is what the packet is sent for: it goes even if it is over the budget.
bool packet_writer::accept(std::size_t bytes) {
  if (lengths_.empty() ? bytes > message_bytes_max : bytes + piggyback_overhead_bytes > room())
    return false;
  lengths_.push_back(static_cast<std::uint16_t>(bytes));
  accepted_bytes_ += bytes;
  return true;
}

bool packet_writer::add(const packet_message& message) {
  encode(message, parts_);
  if (accept(parts_.size() - accepted_bytes_))
    return true;
  parts_.resize(accepted_bytes_);
  return false;
}

bool packet_writer::add_encoded(std::string_view message) {
  if (message.empty() || !accept(message.size()))
    return false;
  parts_.append(message);
  return true;
}

std::string_view packet_writer::finish(options how) {
  if (lengths_.empty())
    return {};
  std::string& plain = buffers_[0];
  std::string& next = buffers_[1];
  plain.clear();
  if (lengths_.size() > 1) {
    plain.push_back(static_cast<char>(message_type::compound));
    plain.push_back(static_cast<char>(lengths_.size()));
    for (const std::uint16_t length : lengths_)
      append_big_endian(plain, length);
  }
  plain.append(parts_);

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
