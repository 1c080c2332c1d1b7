#include "gateway/dns/question.hpp"

#include <algorithm>
#include <optional>

namespace troupe::gateway::dns {

namespace {

class reader {
 public:
  reader(packet_view packet, std::size_t at) : packet_(packet), at_(at) {}

  bool has(std::size_t bytes) const { return packet_.size() - at_ >= bytes; }
  std::size_t at() const { return at_; }
  std::uint8_t u8() { return packet_[at_++]; }
  std::uint16_t u16() {
    const auto value = static_cast<std::uint16_t>(packet_[at_] << 8 | packet_[at_ + 1]);
    at_ += 2;
    return value;
  }
  packet_view take(std::size_t bytes) {
    const auto taken = packet_.subspan(at_, bytes);
    at_ += bytes;
    return taken;
  }

 private:
  packet_view packet_;
  std::size_t at_;
};

std::string_view text(packet_view bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The first name of a packet has nothing before it that a pointer could name.
bool read_name(reader& from, question& out) {
  std::size_t bytes = 1;
  for (;;) {
    if (!from.has(1))
      return false;
    const std::size_t length = from.u8();
    if (length == 0)
      return true;
    bytes += length + 1;
    const bool fits = length <= label_bytes_max && bytes <= name_bytes_max && from.has(length);
    if (!fits)
      return false;
    out.label_store[out.label_count++] = text(from.take(length));
  }
}

// The name of a record behind the question: what it says is of no interest.
bool skip_name(reader& from) {
  for (std::size_t labels = 0; labels <= labels_max; ++labels) {
    if (!from.has(1))
      return false;
    const std::size_t length = from.u8();
    if (length == 0)
      return true;
    if ((length & 0xc0) == 0xc0) {
      if (!from.has(1))
        return false;
      from.u8();
      return true;
    }
    if (length > label_bytes_max || !from.has(length))
      return false;
    from.take(length);
  }
  return false;
}

// False: an option that is longer than the record.
bool read_options(packet_view data, edns_options& out) {
  reader from(data, 0);
  while (from.has(1)) {
    if (!from.has(4))
      return false;
    const auto code = from.u16();
    const auto length = from.u16();
    if (!from.has(length))
      return false;
    const auto content = from.take(length);
    if (code == option_client_subnet)
      out.subnet = content;
  }
  return true;
}

// RFC 7871 section 6: family, two prefix lengths, as many bytes as the first of them needs. A
// broken one is not worth a failure: it is left out of the answer.
bool is_subnet(packet_view content) {
  if (content.size() < 4 || content[0] != 0)
    return false;
  const unsigned family = content[1];
  const unsigned bits_max = family == 1 ? 32 : family == 2 ? 128 : 0;
  const unsigned bits = content[2];
  return bits <= bits_max && content[3] == 0 && content.size() == 4 + (bits + 7) / 8 &&
         bits_max != 0;
}

bool read_opt(reader& from, edns_options& out) {
  if (out.present || !from.has(8))
    return false;
  out.present = true;
  out.udp_bytes_max = from.u16();
  from.u8();
  out.version = from.u8();
  out.wants_dnssec = (from.u16() & 0x8000U) != 0;
  const auto length = from.u16();
  if (!from.has(length) || !read_options(from.take(length), out))
    return false;
  if (!is_subnet(out.subnet))
    out.subnet = {};
  return true;
}

bool read_record(reader& from, edns_options& out) {
  const auto begins = from.at();
  if (!skip_name(from) || !from.has(2))
    return false;
  const bool is_root = from.at() == begins + 1;
  if (from.u16() == static_cast<std::uint16_t>(record_type::opt))
    return is_root && read_opt(from, out);
  if (!from.has(8))
    return false;
  from.take(6);
  const auto length = from.u16();
  if (!from.has(length))
    return false;
  from.take(length);
  return true;
}

}  // namespace

named_address edns_options::subnet_address() const {
  constexpr std::size_t prefix_bytes = 4;
  named_address address;
  if (subnet.empty())
    return address;
  std::copy(subnet.begin() + prefix_bytes, subnet.end(), address.bytes.begin());
  address.length = subnet[1] == 1 ? 4 : 16;
  return address;
}

verdict read_question(packet_view packet, question& out) {
  out.label_count = 0;
  out.section = {};
  out.name = {};
  out.edns = {};
  if (packet.size() < header_bytes)
    return verdict::silence;
  reader from(packet, 0);
  out.id = from.u16();
  out.flags = from.u16();
  if ((out.flags & flag_response) != 0)
    return verdict::silence;
  if ((out.flags & opcode_mask) != 0)
    return verdict::not_implemented;
  const auto questions = from.u16();
  const auto answers = from.u16();
  const auto authorities = from.u16();
  const auto additionals = from.u16();
  // What a question may carry besides: an OPT and a TSIG record behind it, one before for IXFR.
  if (questions != 1 || answers > 1 || authorities > 1 || additionals > 2)
    return verdict::format_error;
  if (!read_name(from, out) || !from.has(4))
    return verdict::format_error;
  out.name = text(packet.subspan(header_bytes, from.at() - header_bytes));
  out.type = static_cast<record_type>(from.u16());
  out.in_class = from.u16();
  out.section = packet.subspan(header_bytes, from.at() - header_bytes);
  for (int left = answers + authorities + additionals; left > 0; --left)
    if (!read_record(from, out.edns))
      return verdict::format_error;
  if (out.edns.version != 0)
    return verdict::bad_version;
  const bool ours = out.in_class == static_cast<std::uint16_t>(record_class::in) ||
                    out.in_class == static_cast<std::uint16_t>(record_class::any);
  if (!ours)
    return verdict::refused;
  if (out.type == record_type::axfr || out.type == record_type::ixfr)
    return verdict::not_implemented;
  return verdict::answer;
}

}  // namespace troupe::gateway::dns
