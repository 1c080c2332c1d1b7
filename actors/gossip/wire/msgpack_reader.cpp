#include "actors/gossip/wire/msgpack_reader.hpp"

#include <bit>

#include "actors/gossip/wire/big_endian.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::wire {

namespace {

using kind = msgpack_token::kind;

// What a first byte from 0xc0 to 0xdf announces: `argument` bytes of value, length or count.
struct head {
  kind what;
  std::uint8_t argument;
  bool is_signed = false;
  std::uint8_t extra = 0;  // body bytes beyond the length: an extension's type
};

constexpr head long_heads[32] = {
    {kind::nil, 0},
    {kind::nil, 0},  // c0 nil, c1 unused
    {kind::boolean, 0},
    {kind::boolean, 0},  // c2, c3
    {kind::raw, 1},
    {kind::raw, 2},                  // c4, c5 bin
    {kind::raw, 4},                  // c6
    {kind::extension, 1, false, 1},  // c7 ext
    {kind::extension, 2, false, 1},  // c8
    {kind::extension, 4, false, 1},  // c9
    {kind::real, 4},
    {kind::real, 8},  // ca, cb
    {kind::integer, 1},
    {kind::integer, 2},  // cc, cd
    {kind::integer, 4},
    {kind::integer, 8},  // ce, cf
    {kind::integer, 1, true},
    {kind::integer, 2, true},  // d0, d1
    {kind::integer, 4, true},
    {kind::integer, 8, true},  // d2, d3
    {kind::extension, 0},
    {kind::extension, 0},  // d4, d5 fixext
    {kind::extension, 0},
    {kind::extension, 0},  // d6, d7
    {kind::extension, 0},  // d8
    {kind::raw, 1},
    {kind::raw, 2},  // d9 str8, da
    {kind::raw, 4},  // db
    {kind::array, 2},
    {kind::array, 4},  // dc, dd
    {kind::map, 2},
    {kind::map, 4},  // de, df
};

std::uint64_t sign_extended(std::uint64_t bits, std::size_t bytes) {
  const auto unused = static_cast<unsigned>(64 - 8 * bytes);
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << unused) >> unused);
}

// First bytes that hold the whole head.
std::optional<msgpack_token> short_token(std::uint8_t first) {
  msgpack_token made{.head_bytes = 1};
  if (first < 0x80) {
    made.what = kind::integer;
    made.bits = first;
  } else if (first < 0x90) {
    made.what = kind::map;
    made.bits = first & 0x0fU;
  } else if (first < 0xa0) {
    made.what = kind::array;
    made.bits = first & 0x0fU;
  } else if (first < 0xc0) {
    made.what = kind::raw;
    made.body_bytes = first & 0x1fU;
  } else if (first >= 0xe0) {
    made.what = kind::integer;
    made.is_negative = true;
    made.bits = sign_extended(first, 1);
  } else {
    return std::nullopt;
  }
  return made;
}

msgpack_token long_token(std::uint8_t first, std::uint64_t argument) {
  const head& known = long_heads[first - 0xc0];
  msgpack_token made{.what = known.what, .head_bytes = std::size_t{1} + known.argument};
  switch (known.what) {
    case kind::boolean:
      made.bits = first & 1U;
      break;
    case kind::raw:
      made.body_bytes = argument;
      break;
    case kind::extension:  // fixext: a type and 1, 2, 4, 8 or 16 bytes
      made.body_bytes =
          known.argument > 0 ? argument + known.extra : 1 + (std::size_t{1} << (first - 0xd4));
      break;
    case kind::real:
      made.bits = known.argument == 8
                      ? argument
                      : std::bit_cast<std::uint64_t>(static_cast<double>(
                            std::bit_cast<float>(static_cast<std::uint32_t>(argument))));
      break;
    case kind::integer:
      made.bits = known.is_signed ? sign_extended(argument, known.argument) : argument;
      made.is_negative = known.is_signed && static_cast<std::int64_t>(made.bits) < 0;
      break;
    default:
      made.bits = argument;
  }
  return made;
}

}  // namespace

std::optional<msgpack_token> read_token(std::string_view bytes, bool& broken) {
  broken = false;
  if (bytes.empty())
    return std::nullopt;
  const auto first = static_cast<std::uint8_t>(bytes.front());
  if (const auto token = short_token(first))
    return token;
  if (first == 0xc1) {
    broken = true;
    return std::nullopt;
  }
  const std::size_t argument_bytes = long_heads[first - 0xc0].argument;
  if (bytes.size() < 1 + argument_bytes)
    return std::nullopt;
  return long_token(first, read_big_endian(bytes.substr(1, argument_bytes)));
}

// -- msgpack_reader --------------------------------------------------------------

// The next head, taken, if the body that follows it is there too.
msgpack_token msgpack_reader::token() {
  bool broken = false;
  const auto found = failed_ ? std::nullopt : read_token(bytes_, broken);
  if (!found || found->body_bytes > bytes_.size() - found->head_bytes) {
    failed_ = true;
    return {};
  }
  bytes_.remove_prefix(found->head_bytes);
  return *found;
}

// nil is taken for a zero of `what`.
msgpack_token msgpack_reader::expect(kind what) {
  const msgpack_token found = token();
  if (found.what == what)
    return found;
  if (found.what != kind::nil)
    failed_ = true;
  return {.what = what};
}

bool msgpack_reader::is_nil() const {
  return !bytes_.empty() && bytes_.front() == '\xc0';
}

bool msgpack_reader::boolean() {
  return expect(kind::boolean).bits != 0;
}

double msgpack_reader::real() {
  const msgpack_token found = token();
  switch (found.what) {
    case kind::real:
      return std::bit_cast<double>(found.bits);
    case kind::integer:
      return found.is_negative ? static_cast<double>(static_cast<std::int64_t>(found.bits))
                               : static_cast<double>(found.bits);
    case kind::nil:
      return 0;
    default:
      failed_ = true;
      return 0;
  }
}

std::uint64_t msgpack_reader::unsigned_number(std::uint64_t max) {
  const msgpack_token found = expect(kind::integer);
  if (found.is_negative || found.bits > max) {
    failed_ = true;
    return 0;
  }
  return found.bits;
}

std::int64_t msgpack_reader::signed_number() {
  const msgpack_token found = expect(kind::integer);
  if (!found.is_negative && found.bits > static_cast<std::uint64_t>(INT64_MAX)) {
    failed_ = true;
    return 0;
  }
  return static_cast<std::int64_t>(found.bits);
}

std::string_view msgpack_reader::long_raw() {
  const msgpack_token found = expect(kind::raw);
  if (failed_)
    return {};
  const std::string_view body = bytes_.substr(0, found.body_bytes);
  bytes_.remove_prefix(found.body_bytes);
  return body;
}

std::size_t msgpack_reader::array() {
  const std::uint64_t elements = expect(kind::array).bits;
  if (elements > bytes_.size())
    failed_ = true;
  return failed_ ? 0 : elements;
}

std::size_t msgpack_reader::map() {
  const std::uint64_t pairs = expect(kind::map).bits;
  if (pairs > bytes_.size() / 2)
    failed_ = true;
  return failed_ ? 0 : pairs;
}

void msgpack_reader::skip() {
  for (std::uint64_t left = 1; left > 0 && !failed_; --left) {
    const msgpack_token found = token();
    if (failed_)
      return;
    bytes_.remove_prefix(found.body_bytes);
    if (found.what == kind::array)
      left += found.bits;
    else if (found.what == kind::map)
      left += 2 * found.bits;
    if (left > bytes_.size() + 1)  // each value still to come has a byte at least
      failed_ = true;
  }
}

// -- body_scanner ------------------------------------------------------------------

void body_scanner::start(shape what) {
  *this = body_scanner{};
  shape_ = what;
}

body_scanner::progress body_scanner::scan_values(std::string_view body) {
  while (values_left_ > 0) {
    bool broken = false;
    const auto found = read_token(body.substr(at_), broken);
    if (broken)
      return progress::broken;
    if (!found || found->body_bytes > body.size() - at_ - found->head_bytes)
      return progress::more;
    at_ += found->head_bytes + found->body_bytes;
    --values_left_;
    if (found->what == msgpack_token::kind::array)
      values_left_ += found->bits;
    else if (found->what == msgpack_token::kind::map)
      values_left_ += 2 * found->bits;
    if (values_left_ > messages::limits::gossip_stream_bytes_max)
      return progress::broken;
  }
  return progress::whole;
}

bool body_scanner::read_header(std::string_view header) {
  std::uint64_t nodes = 0;
  std::uint64_t bytes = 0;
  msgpack_reader in{header};
  in.fields([&](std::string_view key) {
    if (shape_ == shape::push_pull && key == "Nodes")
      nodes = in.u64();
    else if (key == (shape_ == shape::push_pull ? "UserStateLen" : "UserMsgLen"))
      bytes = in.u64();
    else
      return false;
    return true;
  });
  values_left_ = nodes;
  bytes_left_ = bytes;
  return !in.failed() && nodes <= messages::limits::pool_members_max &&
         bytes <= messages::limits::gossip_stream_bytes_max;
}

body_scanner::progress body_scanner::scan(std::string_view body) {
  const progress values = scan_values(body);
  if (values != progress::whole || shape_ == shape::one_value)
    return values;
  if (!header_done_) {
    if (!read_header(body.substr(0, at_)))
      return progress::broken;
    header_done_ = true;
    if (const progress records = scan_values(body); records != progress::whole)
      return records;
  }
  if (body.size() - at_ < bytes_left_)
    return progress::more;
  at_ += bytes_left_;
  bytes_left_ = 0;
  return progress::whole;
}

}  // namespace troupe::actors::gossip::wire
