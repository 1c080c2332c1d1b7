#include "messages/json_scanner.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "messages/go_quote.hpp"
#include "messages/limits.hpp"
#include "messages/utf8.hpp"

namespace troupe::messages::json {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

class scanner {
 public:
  explicit scanner(std::string_view text) : text_(text) {}

  result<std::string_view> scan();

 private:
  enum class expected : std::uint8_t {
    value,
    value_or_end,  // behind [
    key_or_end,    // behind {
    key,
    after_key,
    after_value,
  };

  // Each takes one piece off the text. False: refused_ says why, or the text ended.
  bool step();
  bool take_value();
  bool take_key();
  bool take_after_value();
  bool take_text();
  bool take_escape();
  bool take_number();
  bool take_digits(const char* where);
  bool take_word(std::string_view word);
  bool open(char bracket);
  void close();

  bool at_end() const { return at_ == text_.size(); }
  char next() const { return text_[at_]; }
  bool in_object() const { return open_[depth_ - 1] == '{'; }
  bool refuse(const std::string& where) {
    refused_ = "invalid character " + go_quote_byte(next()) + " " + where;
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::array<char, limits::json_depth_max> open_{};  // the brackets that are not closed yet
  std::size_t depth_ = 0;
  expected expected_ = expected::value;
  std::string refused_;
};

result<std::string_view> scanner::scan() {
  const auto skip_blanks = [this] {
    while (!at_end() && is_blank(next()))
      ++at_;
  };
  skip_blanks();
  if (at_end())
    return failure{errc::bad_request, "EOF"};
  const auto start = at_;
  do {
    skip_blanks();
    if (at_end() || !step())
      return failure{errc::bad_request, refused_.empty() ? "unexpected EOF" : refused_};
  } while (depth_ > 0 || expected_ != expected::after_value);
  return text_.substr(start, at_ - start);
}

bool scanner::step() {
  switch (expected_) {
    case expected::value_or_end:
      if (next() == ']') {
        close();
        return true;
      }
      return take_value();
    case expected::value:
      return take_value();
    case expected::key_or_end:
      if (next() == '}') {
        close();
        return true;
      }
      return take_key();
    case expected::key:
      return take_key();
    case expected::after_key:
      if (next() != ':')
        return refuse("after object key");
      ++at_;
      expected_ = expected::value;
      return true;
    case expected::after_value:
      return take_after_value();
  }
  return false;
}

bool scanner::take_value() {
  expected_ = expected::after_value;
  switch (next()) {
    case '{':
    case '[':
      return open(next());
    case '"':
      return take_text();
    case 't':
      return take_word("true");
    case 'f':
      return take_word("false");
    case 'n':
      return take_word("null");
    default:
      if (next() == '-' || is_digit(next()))
        return take_number();
      return refuse("looking for beginning of value");
  }
}

bool scanner::take_key() {
  if (next() != '"')
    return refuse("looking for beginning of object key string");
  expected_ = expected::after_key;
  return take_text();
}

bool scanner::take_after_value() {
  const bool object = in_object();
  if (next() == ',') {
    ++at_;
    expected_ = object ? expected::key : expected::value;
    return true;
  }
  if (next() != (object ? '}' : ']'))
    return refuse(object ? "after object key:value pair" : "after array element");
  close();
  return true;
}

bool scanner::open(char bracket) {
  if (depth_ == open_.size())
    return refuse("exceeded max depth");
  open_[depth_++] = bracket;
  expected_ = bracket == '{' ? expected::key_or_end : expected::value_or_end;
  ++at_;
  return true;
}

void scanner::close() {
  --depth_;
  ++at_;
  expected_ = expected::after_value;
}

bool scanner::take_text() {
  for (++at_; !at_end(); ++at_) {
    const char c = next();
    if (c == '"') {
      ++at_;
      return true;
    }
    if (static_cast<unsigned char>(c) < 0x20)
      return refuse("in string literal");
    if (c == '\\' && !take_escape())
      return false;
  }
  return false;
}

// From the backslash to the escape's last character.
bool scanner::take_escape() {
  ++at_;
  if (at_end())
    return false;
  if (next() != 'u') {
    constexpr std::string_view known = "bfnrt\\/\"";
    return known.find(next()) != std::string_view::npos || refuse("in string escape code");
  }
  for (int i = 0; i < 4; ++i) {
    ++at_;
    if (at_end())
      return false;
    if (!is_hex(next()))
      return refuse("in \\u hexadecimal character escape");
  }
  return true;
}

bool scanner::take_word(std::string_view word) {
  for (const char wanted : word) {
    if (at_end())
      return false;
    if (next() != wanted)
      return refuse("in literal " + std::string(word) + " (expecting '" + wanted + "')");
    ++at_;
  }
  return true;
}

bool scanner::take_digits(const char* where) {
  if (at_end())
    return false;
  if (!is_digit(next()))
    return refuse(where);
  while (!at_end() && is_digit(next()))
    ++at_;
  return true;
}

bool scanner::take_number() {
  if (next() == '-')
    ++at_;
  if (!at_end() && next() == '0')
    ++at_;  // nothing but a point or an exponent may follow
  else if (!take_digits("in numeric literal"))
    return false;
  if (!at_end() && next() == '.') {
    ++at_;
    if (!take_digits("after decimal point in numeric literal"))
      return false;
  }
  if (!at_end() && (next() == 'e' || next() == 'E')) {
    ++at_;
    if (!at_end() && (next() == '+' || next() == '-'))
      ++at_;
    return take_digits("in exponent of numeric literal");
  }
  return true;
}

std::size_t text_bytes(std::string_view rest) {
  std::size_t at = 1;
  while (rest[at] != '"')
    at += rest[at] == '\\' ? 2 : 1;
  return at + 1;
}

// Whether a number or word goes on with this character.
bool is_literal(char c) {
  return c > ' ' && c != ',' && c != ']' && c != '}';
}

std::uint32_t hex_value(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char c : digits) {
    const int digit = is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
    value = value << 4 | static_cast<std::uint32_t>(digit);
  }
  return value;
}

bool is_surrogate(std::uint32_t code) {
  return code >= 0xd800 && code <= 0xdfff;
}

// The code of \uXXXX at the front of `rest`, if that is what stands there.
std::optional<std::uint32_t> unicode_escape(std::string_view rest) {
  if (rest.size() < 6 || rest[0] != '\\' || rest[1] != 'u')
    return std::nullopt;
  return hex_value(rest.substr(2, 4));
}

// The escape at the front of `rest`. Returns its size.
std::size_t append_unescaped(std::string& out, std::string_view rest) {
  const auto first = unicode_escape(rest);
  if (!first) {
    constexpr std::string_view escapes = "bfnrt";
    constexpr std::string_view meant = "\b\f\n\r\t";
    const auto at = escapes.find(rest[1]);
    out += at == std::string_view::npos ? rest[1] : meant[at];
    return 2;
  }
  if (!is_surrogate(*first)) {
    append_utf8(out, *first);
    return 6;
  }
  const auto second = unicode_escape(rest.substr(6));
  if (*first < 0xdc00 && second && *second >= 0xdc00 && *second <= 0xdfff) {
    append_utf8(out, 0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00));
    return 12;
  }
  append_utf8(out, replacement_character);
  return 6;
}

bool stands_for_itself(char c) {
  return c != '\\' && static_cast<unsigned char>(c) < 0x80;
}

}  // namespace

result<std::string_view> scan_value(std::string_view text) {
  return scanner{text}.scan();
}

std::size_t value_bytes(std::string_view rest) {
  if (rest.front() == '"')
    return text_bytes(rest);
  std::size_t at = 0;
  if (rest.front() != '{' && rest.front() != '[') {
    while (at < rest.size() && is_literal(rest[at]))
      ++at;
    return at;
  }
  std::size_t depth = 0;
  do {
    const char c = rest[at];
    if (c == '"') {
      at += text_bytes(rest.substr(at));
      continue;
    }
    if (c == '{' || c == '[')
      ++depth;
    else if (c == '}' || c == ']')
      --depth;
    ++at;
  } while (depth > 0);
  return at;
}

void unquote(std::string_view quoted, std::string& out) {
  out.clear();
  auto rest = quoted.substr(1, quoted.size() - 2);
  while (!rest.empty()) {
    std::size_t simple = 0;
    while (simple < rest.size() && stands_for_itself(rest[simple]))
      ++simple;
    out.append(rest.data(), simple);
    rest.remove_prefix(simple);
    if (rest.empty())
      return;
    if (rest.front() == '\\') {
      rest.remove_prefix(append_unescaped(out, rest));
      continue;
    }
    const auto character = first_utf8_character(rest);
    if (character.length_bytes == 0) {
      append_utf8(out, replacement_character);
      rest.remove_prefix(1);
      continue;
    }
    out.append(rest.data(), character.length_bytes);
    rest.remove_prefix(character.length_bytes);
  }
}

}  // namespace troupe::messages::json
