// Reads msgpack as memberlist, serf and Consul write it, old and new families alike: raw strings,
// str and bin are one thing, signed and unsigned integers are one thing, nil is the zero of
// whatever is asked for. Never reads past its bytes, never allocates, never recurses.
//
// An error sticks: after it every read gives a zero, and failed() is true. So a caller reads a
// whole message and asks once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace troupe::actors::gossip::wire {

// The head of one value.
struct msgpack_token {
  enum class kind : std::uint8_t { nil, boolean, integer, real, raw, array, map, extension };
  kind what = kind::nil;
  bool is_negative = false;    // integer: bits are an int64
  std::uint64_t bits = 0;      // boolean, integer, real: the value; array, map: elements or pairs
  std::size_t head_bytes = 0;  // of the head
  std::size_t body_bytes = 0;  // raw, extension: that follow the head
};
// Nothing if `bytes` ends before the head does, or begins with 0xc1, which is never used; `broken`
// tells which.
std::optional<msgpack_token> read_token(std::string_view bytes, bool& broken);

class msgpack_reader {
 public:
  explicit msgpack_reader(std::string_view bytes) : bytes_(bytes) {}

  bool failed() const { return failed_; }
  void fail() { failed_ = true; }
  std::string_view rest() const { return bytes_; }
  bool is_nil() const;  // the next value; it stays

  bool boolean();
  double real();  // an integer too
  std::uint64_t unsigned_number(std::uint64_t max);
  std::int64_t signed_number();
  std::string_view raw() {
    // Most strings, and all keys, are short: their length is in the first byte.
    if (!failed_ && !bytes_.empty() &&
        (static_cast<std::uint8_t>(bytes_.front()) & 0xe0U) == 0xa0U) {
      const std::size_t length = static_cast<std::uint8_t>(bytes_.front()) & 0x1fU;
      if (length < bytes_.size()) {
        const std::string_view body = bytes_.substr(1, length);
        bytes_.remove_prefix(1 + length);
        return body;
      }
    }
    return long_raw();
  }
  // Elements, or pairs of key and value. More than could stand in the bytes left is an error.
  std::size_t array();
  std::size_t map();
  void skip();  // one value, whatever it is

  std::uint8_t u8() { return static_cast<std::uint8_t>(unsigned_number(UINT8_MAX)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(unsigned_number(UINT16_MAX)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(unsigned_number(UINT32_MAX)); }
  std::uint64_t u64() { return unsigned_number(UINT64_MAX); }

  // Calls field(key) for each pair of a map; it reads the value and says true, or says false and
  // the value is skipped. A key that comes twice is read twice: the last one counts.
  template <class Field>
  void fields(Field&& field) {
    for (std::size_t left = map(); left > 0 && !failed_; --left) {
      const std::string_view key = raw();
      if (!failed_ && !field(key))
        skip();
    }
  }

 private:
  std::string_view long_raw();
  msgpack_token token();
  msgpack_token expect(msgpack_token::kind what);

  std::string_view bytes_;
  bool failed_ = false;
};

// Finds the end of a stream's message while its bytes still come: that of one value, and of what
// its header says follows. Linear, however the bytes are cut.
class body_scanner {
 public:
  enum class progress : std::uint8_t { more, whole, broken };

  // How the body goes on after its first value.
  enum class shape : std::uint8_t {
    one_value,
    push_pull,  // header, so many records as it says, so many bytes as it says
    user,       // header, so many bytes as it says
  };
  void start(shape what);

  // `body` is all there is so far, the same bytes as before and maybe more.
  progress scan(std::string_view body);
  std::size_t end() const { return at_; }  // once whole

 private:
  progress scan_values(std::string_view body);
  bool read_header(std::string_view header);

  shape shape_ = shape::one_value;
  bool header_done_ = false;
  std::size_t at_ = 0;             // scanned so far
  std::uint64_t values_left_ = 1;  // heads still to come
  std::uint64_t bytes_left_ = 0;   // raw bytes after the values
};

}  // namespace troupe::actors::gossip::wire
