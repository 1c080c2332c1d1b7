#include "gateway/dns/reply.hpp"

#include <algorithm>

#include "gateway/dns/packet_writer.hpp"
#include "messages/limits.hpp"

namespace troupe::gateway::dns {

namespace {

namespace limits = messages::limits;

constexpr std::size_t plain_udp_bytes = 512;  // RFC 1035 section 2.3.4
constexpr int plain_udp_answers_max = 8;      // Consul's, whatever is configured
constexpr std::size_t text_piece_bytes_max = 255;

void write_text(packet_writer& out, std::string_view text) {
  do {
    const auto piece = text.substr(0, text_piece_bytes_max);
    out.u8(static_cast<std::uint8_t>(piece.size()));
    out.text(piece);
    text.remove_prefix(piece.size());
  } while (!text.empty());
}

void write_soa(packet_writer& out, const record& what, const soa_settings& soa) {
  out.name(what.target);
  out.name({what.text, what.target.suffix});
  for (const auto value : {what.serial, soa.refresh_s, soa.retry_s, soa.expire_s, soa.min_ttl_s})
    out.u32(value);
}

void write_data(packet_writer& out, const record& what, const soa_settings& soa) {
  switch (what.type) {
    case record_type::a:
    case record_type::aaaa:
      return out.bytes({what.address.bytes.data(), what.address.length});
    case record_type::srv:
      out.u16(1);  // one priority for all
      out.u16(what.weight);
      out.u16(what.port);
      return out.name(what.target);
    case record_type::txt:
      return write_text(out, what.text);
    case record_type::soa:
      return write_soa(out, what, soa);
    default:
      return out.name(what.target);
  }
}

void write_record(packet_writer& out, const record& what, const soa_settings& soa) {
  out.name(what.owner);
  out.u16(static_cast<std::uint16_t>(what.type));
  out.u16(static_cast<std::uint16_t>(record_class::in));
  out.u32(what.ttl_s);
  const auto length = out.begin_length();
  write_data(out, what, soa);
  out.end_length(length);
}

// RFC 6891 section 6.1; the subnet comes back with the scope of the answer (RFC 7871 section 6): 0
// if it is the same for all.
void write_opt(packet_writer& out, const question& asked, const reply& what) {
  constexpr std::size_t scope_place = 3;
  const auto subnet = asked.edns.subnet;
  out.u8(0);
  out.u16(static_cast<std::uint16_t>(record_type::opt));
  out.u16(std::max<std::uint16_t>(asked.edns.udp_bytes_max, plain_udp_bytes));
  out.u8(static_cast<std::uint8_t>(static_cast<unsigned>(what.code) >> 4));
  out.u8(0);
  out.u16(0);
  const auto length = out.begin_length();
  if (!subnet.empty()) {
    out.u16(option_client_subnet);
    out.u16(static_cast<std::uint16_t>(subnet.size()));
    out.bytes(subnet.first(scope_place));
    out.u8(what.for_client ? subnet[scope_place - 1] : std::uint8_t{0});
    out.bytes(subnet.subspan(scope_place + 1));
  }
  out.end_length(length);
}

std::uint16_t flags_of(const question& asked, const reply& what, const dns_settings& settings) {
  unsigned flags = flag_response | (asked.flags & (opcode_mask | flag_recursion_desired));
  if (what.authoritative)
    flags |= flag_authoritative;
  if (settings.recurses())
    flags |= flag_recursion_available;
  return static_cast<std::uint16_t>(flags | (static_cast<unsigned>(what.code) & 0x0fU));
}

constexpr std::size_t flags_place = 2;
constexpr std::size_t counts_place = 4;

// One try: the first `answers`, and what belongs to them.
class attempt {
 public:
  attempt(const question& asked, const reply& what, const dns_settings& settings,
          std::span<std::uint8_t> out)
      : asked_(asked), what_(what), settings_(settings), out_(out, settings.compress) {}

  // What goes first once space is short: additional records, after answers that are none of theirs.
  bool write(std::size_t answers, bool with_authorities, bool with_additionals) {
    header();
    for (std::size_t i = 0; i < answers; ++i)
      put(what_.answers[i]);
    out_.put_u16(counts_place + 2, static_cast<std::uint16_t>(answers));
    if (with_authorities)
      for (const auto& each : what_.authorities)
        put(each);
    out_.put_u16(counts_place + 4,
                 static_cast<std::uint16_t>(with_authorities ? what_.authorities.size() : 0));
    std::uint16_t more = 0;
    for (const auto& each : what_.additionals) {
      if (!with_additionals || (each.of_answer >= answers && each.of_answer != 0))
        continue;
      put(each);
      ++more;
    }
    if (asked_.edns.present) {
      write_opt(out_, asked_, what_);
      ++more;
    }
    out_.put_u16(counts_place + 6, more);
    return !out_.overflowed();
  }

  void tell_truncation(std::uint16_t flags) {
    out_.put_u16(flags_place, static_cast<std::uint16_t>(flags | flag_truncated));
  }
  std::size_t size() const { return out_.overflowed() ? 0 : out_.size(); }

 private:
  void header() {
    out_.u16(asked_.id);
    out_.u16(flags_of(asked_, what_, settings_));
    out_.u16(asked_.section.empty() ? 0 : 1);
    out_.u16(0);
    out_.u32(0);
    if (asked_.section.empty())
      return;
    out_.name({{}, asked_.name});
    out_.bytes(asked_.section.last(4));
  }
  void put(const record& each) { write_record(out_, each, settings_.soa); }

  const question& asked_;
  const reply& what_;
  const dns_settings& settings_;
  packet_writer out_;
};

}  // namespace

reply_limits limits_for(const question& asked, bool over_tcp, const dns_settings& settings) {
  if (over_tcp)
    return {.bytes_max = limits::dns_message_bytes_max};
  reply_limits made;
  const bool plain = !asked.edns.present || asked.edns.udp_bytes_max <= plain_udp_bytes;
  made.bytes_max =
      plain ? plain_udp_bytes
            : std::min<std::size_t>(asked.edns.udp_bytes_max, limits::dns_udp_reply_bytes_max);
  const int answers = settings.udp_answer_limit;
  if (plain)
    made.answers_max = static_cast<std::size_t>(
        answers > 0 ? std::min(answers, plain_udp_answers_max) : plain_udp_answers_max);
  made.tells_truncation = settings.enable_truncate;
  return made;
}

std::size_t write_reply(const question& asked, const reply& what, const reply_limits& limits,
                        const dns_settings& settings, std::span<std::uint8_t> out) {
  out = out.first(std::min(out.size(), limits.bytes_max));
  const auto all = what.answers.size();
  std::size_t fits = 0;
  auto tried = std::min(all, limits.answers_max);
  attempt first(asked, what, settings, out);
  if (first.write(tried, true, true)) {
    if (tried < all && limits.tells_truncation)
      first.tell_truncation(flags_of(asked, what, settings));
    return first.size();
  }
  // The most answers that fit, by halving; authorities are the first to go.
  for (auto below = tried; fits < below;) {
    const auto middle = below - (below - fits) / 2;
    if (attempt(asked, what, settings, out).write(middle, false, true))
      fits = middle;
    else
      below = middle - 1;
  }
  attempt last(asked, what, settings, out);
  // Not even one with what belongs to it: then without.
  if (fits == 0 && tried > 0 && last.write(1, false, false)) {
    if (limits.tells_truncation)
      last.tell_truncation(flags_of(asked, what, settings));
    return last.size();
  }
  attempt rest(asked, what, settings, out);
  rest.write(fits, false, fits > 0);
  if (limits.tells_truncation && rest.size() > 0)
    rest.tell_truncation(flags_of(asked, what, settings));
  return rest.size();
}

}  // namespace troupe::gateway::dns
