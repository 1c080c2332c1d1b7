#include "messages/filter/go_text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "messages/go_flags.hpp"
#include "messages/go_quote.hpp"
#include "messages/utf8.hpp"

namespace troupe::messages::filter {

namespace {

constexpr std::string_view escape_letters = "abfnrtv\\\"";
constexpr std::string_view escape_values = "\a\b\f\n\r\t\v\\\"";

// Digits of \xHH, \OOO, \uHHHH and \UHHHHHHHH.
struct digits {
  int base;
  std::size_t count;
};

std::optional<std::uint32_t> take_number(std::string_view& rest, digits form) {
  if (rest.size() < form.count)
    return std::nullopt;
  std::uint32_t value = 0;
  const char* end = rest.data() + form.count;
  const auto [stop, why] = std::from_chars(rest.data(), end, value, form.base);
  if (why != std::errc{} || stop != end)
    return std::nullopt;
  rest.remove_prefix(form.count);
  return value;
}

// `rest` starts behind the backslash.
bool take_escape(std::string_view& rest, std::string& out) {
  if (rest.empty())
    return false;
  const char letter = rest[0];
  if (const auto known = escape_letters.find(letter); known != std::string_view::npos) {
    out += escape_values[known];
    rest.remove_prefix(1);
    return true;
  }
  if (letter >= '0' && letter <= '7') {
    const auto value = take_number(rest, {.base = 8, .count = 3});
    if (!value || *value > 0xff)
      return false;
    out += static_cast<char>(*value);
    return true;
  }
  const std::size_t count = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
  rest.remove_prefix(1);
  const auto value = count == 0 ? std::nullopt : take_number(rest, {.base = 16, .count = count});
  if (!value)
    return false;
  if (letter == 'x') {
    out += static_cast<char>(*value);
    return true;
  }
  if (*value > 0x10ffff || (*value >= 0xd800 && *value < 0xe000))
    return false;
  append_utf8(out, *value);
  return true;
}

failure bad_number(std::string_view function, std::string_view text, std::string_view reason) {
  return {errc::failed, "strconv." + std::string(function) + ": parsing " + go_quote(text) + ": " +
                            std::string(reason)};
}

// Underscores may stand between digits and behind a base's prefix.
bool take_underscores(std::string& text) {
  if (text.find('_') == std::string::npos)
    return true;
  if (text.front() == '_' || text.back() == '_' || text.find("__") != std::string::npos)
    return false;
  std::erase(text, '_');
  return true;
}

int take_base(std::string_view& text) {
  if (text.size() < 2 || text[0] != '0')
    return 10;
  const char mark = static_cast<char>(text[1] | 0x20);
  const int base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
  text.remove_prefix(mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
  return base;
}

template <class Number>
result<Number> parse_integer(std::string_view whole, std::string_view function) {
  std::string_view text = whole;
  const bool is_signed = std::numeric_limits<Number>::is_signed;
  const bool negative = is_signed && text.starts_with('-');
  if (negative || (is_signed && text.starts_with('+')))
    text.remove_prefix(1);
  std::string plain(text);
  if (!take_underscores(plain))
    return bad_number(function, whole, "invalid syntax");
  text = plain;
  const int base = take_base(text);
  if (text.empty() || text[0] == '-' || text[0] == '+')
    return bad_number(function, whole, "invalid syntax");
  const std::string digits = (negative ? "-" : "") + std::string(text);
  Number value{};
  const char* end = digits.data() + digits.size();
  const auto [stop, why] = std::from_chars(digits.data(), end, value, base);
  if (why == std::errc::invalid_argument || stop != end)
    return bad_number(function, whole, "invalid syntax");
  if (why == std::errc::result_out_of_range)
    return bad_number(function, whole, "value out of range");
  return value;
}

}  // namespace

std::optional<std::string> go_unquote(std::string_view literal) {
  if (literal.size() < 2 || literal.front() != literal.back())
    return std::nullopt;
  std::string_view rest = literal.substr(1, literal.size() - 2);
  std::string out;
  if (literal.front() == '`') {
    for (const char c : rest) {
      if (c != '\r')
        out += c;
    }
    return out;
  }
  while (!rest.empty()) {
    const char c = rest[0];
    rest.remove_prefix(1);
    if (c == '\n' || c == '"')
      return std::nullopt;
    if (c != '\\')
      out += c;
    else if (!take_escape(rest, out))
      return std::nullopt;
  }
  return out;
}

result<std::int64_t> go_parse_int(std::string_view text) {
  return parse_integer<std::int64_t>(text, "ParseInt");
}

result<std::uint64_t> go_parse_uint(std::string_view text) {
  return parse_integer<std::uint64_t>(text, "ParseUint");
}

result<double> go_parse_float(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('+'))
    digits.remove_prefix(1);
  double value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, why] = std::from_chars(digits.data(), end, value);
  if (why == std::errc::result_out_of_range)
    return bad_number("ParseFloat", text, "value out of range");
  if (why != std::errc{} || stop != end)
    return bad_number("ParseFloat", text, "invalid syntax");
  return value;
}

result<bool> go_parse_bool(std::string_view text) {
  const auto value = messages::parse_go_bool(text);
  if (!value)
    return bad_number("ParseBool", text, "invalid syntax");
  return *value;
}

std::size_t utf8_length(std::string_view text) {
  return std::max<std::size_t>(1, first_utf8_character(text).length_bytes);
}

std::size_t utf8_valid_until(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto next = first_utf8_character(text.substr(at));
    if (next.length_bytes == 0)
      break;
    at += next.length_bytes;
  }
  return at;
}

}  // namespace troupe::messages::filter
