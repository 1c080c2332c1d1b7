#include "gateway/dns/packet_writer.hpp"

#include <cstring>

namespace troupe::gateway::dns {

namespace {

// Labels as views of their text; the number of them. Wire names of ours are well formed.
template <class Label>
std::size_t split(const wire_name& name, std::span<Label> out) {
  std::size_t count = 0;
  for (auto rest : {name.prefix, name.suffix}) {
    while (!rest.empty() && count < out.size()) {
      const auto length = static_cast<std::uint8_t>(rest.front());
      if (length == 0 || length >= rest.size())
        break;
      out[count++] = {rest.data() + 1, length};
      rest.remove_prefix(std::size_t{1} + length);
    }
  }
  return count;
}

// FNV-1a over the label and its length.
template <class Label>
std::uint32_t mix(std::uint32_t hash, const Label& label) {
  for (std::size_t i = 0; i < label.length; ++i)
    hash = (hash ^ static_cast<std::uint8_t>(label.text[i])) * 16777619U;
  return (hash ^ label.length) * 16777619U;
}

}  // namespace

void packet_writer::bytes(std::span<const std::uint8_t> value) {
  if (value.empty() || !room(value.size()))
    return;
  std::memcpy(&out_[size_], value.data(), value.size());
  size_ += value.size();
}

void packet_writer::text(std::string_view value) {
  bytes({reinterpret_cast<const std::uint8_t*>(value.data()), value.size()});
}

std::size_t packet_writer::begin_length() {
  const auto place = size_;
  u16(0);
  return place;
}

void packet_writer::end_length(std::size_t place) {
  if (!overflowed_)
    put_u16(place, static_cast<std::uint16_t>(size_ - place - 2));
}

void packet_writer::put_u16(std::size_t place, std::uint16_t value) {
  if (place + 2 > size_)
    return;
  out_[place] = static_cast<std::uint8_t>(value >> 8);
  out_[place + 1] = static_cast<std::uint8_t>(value);
}

// Pointers of ours only lead backwards, so this ends.
bool packet_writer::stands_at(std::size_t place, std::span<const label_view> labels) const {
  for (const auto& label : labels) {
    while ((out_[place] & 0xc0U) == 0xc0U)
      place = static_cast<std::size_t>(out_[place] & 0x3fU) << 8 | out_[place + 1];
    const bool same =
        out_[place] == label.length && std::memcmp(&out_[place + 1], label.text, label.length) == 0;
    if (!same)
      return false;
    place += label.length + std::size_t{1};
  }
  while ((out_[place] & 0xc0U) == 0xc0U)
    place = static_cast<std::size_t>(out_[place] & 0x3fU) << 8 | out_[place + 1];
  return out_[place] == 0;
}

std::optional<std::uint16_t> packet_writer::known_place(std::uint32_t hash,
                                                        std::span<const label_view> labels,
                                                        std::size_t among) const {
  for (std::size_t k = 0; k < among; ++k)
    if (known_[k].hash == hash && stands_at(known_[k].place, labels))
      return known_[k].place;
  return std::nullopt;
}

void packet_writer::name(const wire_name& value) {
  // A name that was cut off has no end, and is among those known.
  if (overflowed_)
    return;
  std::array<label_view, labels_max> store;
  const auto count = split<label_view>(value, store);
  const std::span<const label_view> labels(store.data(), count);
  std::array<std::uint32_t, labels_max> hashes;
  std::uint32_t hash = 2166136261U;
  for (auto i = count; compress_ && i-- > 0;)
    hashes[i] = hash = mix(hash, labels[i]);
  // What this name adds has no end yet, so it may not be pointed to from within.
  const auto among = compress_ ? known_count_ : 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (const auto known = known_place(hashes[i], labels.subspan(i), among))
      return u16(static_cast<std::uint16_t>(0xc000U | *known));
    const auto place = size_;
    u8(labels[i].length);
    text({labels[i].text, labels[i].length});
    if (compress_ && !overflowed_ && known_count_ < known_max && place <= pointer_max)
      known_[known_count_++] = {hashes[i], static_cast<std::uint16_t>(place)};
  }
  u8(0);
}

}  // namespace troupe::gateway::dns
