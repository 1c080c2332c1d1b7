#include "messages/json_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

#include "messages/utf8.hpp"

namespace troupe::messages {
namespace {

constexpr std::string_view hex = "0123456789abcdef";

// What may stand in a JSON text as it is. Bytes from 0x80 on are looked at as characters.
constexpr auto plain = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x20; c < 0x80; ++c)
    table[c] = c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
  return table;
}();

bool is_plain(char c) {
  return plain[static_cast<unsigned char>(c)];
}

void append_ascii_escape(std::string& out, char c) {
  out += '\\';
  switch (c) {
    case '"':
    case '\\':
      out += c;
      return;
    case '\b':
      out += 'b';
      return;
    case '\f':
      out += 'f';
      return;
    case '\n':
      out += 'n';
      return;
    case '\r':
      out += 'r';
      return;
    case '\t':
      out += 't';
      return;
    default:
      out += "u00";
      out += hex[static_cast<unsigned char>(c) >> 4];
      out += hex[static_cast<unsigned char>(c) & 0xf];
  }
}

// The character at the front of `rest`, which is not plain. Returns its length.
std::size_t append_special(std::string& out, std::string_view rest) {
  if (static_cast<unsigned char>(rest.front()) < 0x80) {
    append_ascii_escape(out, rest.front());
    return 1;
  }
  const auto character = first_utf8_character(rest);
  if (character.length_bytes == 0) {
    out += "\\ufffd";
    return 1;
  }
  // Line ends in JavaScript: Go escapes them for pages that embed JSON.
  if (character.code == 0x2028 || character.code == 0x2029)
    out += character.code == 0x2028 ? "\\u2028" : "\\u2029";
  else
    out.append(rest.data(), character.length_bytes);
  return character.length_bytes;
}

// Go keeps the exponent's zeros in e+07 apart from e-07, which it cuts to e-7.
void append_scientific(std::string& out, std::string_view written) {
  const auto e = written.find("e-0");
  if (e == std::string_view::npos) {
    out += written;
    return;
  }
  out += written.substr(0, e + 2);
  out += written.substr(e + 3);
}

// `written` is d.ddde[+-]xx. Laid out by hand: std::to_chars in fixed notation prints all digits of
// a large number, Go only those that matter, then zeros.
void append_fixed(std::string& out, std::string_view written) {
  const auto e = written.find('e');
  int exponent = 0;
  const auto* const from = written.data() + e + (written[e + 1] == '+' ? 2 : 1);
  std::from_chars(from, written.data() + written.size(), exponent);
  std::array<char, 32> digits{};
  std::size_t count = 0;
  for (const char c : written.substr(0, e)) {
    if (c != '.')
      digits[count++] = c;
  }
  if (exponent < 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-exponent - 1), '0');
    out.append(digits.data(), count);
    return;
  }
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (count <= whole) {
    out.append(digits.data(), count);
    out.append(whole - count, '0');
    return;
  }
  out.append(digits.data(), whole);
  out += '.';
  out.append(digits.data() + whole, count - whole);
}

template <class Float>
void append_floating(std::string& out, Float value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  if (std::signbit(value))
    out += '-';
  const Float magnitude = std::abs(value);
  if (magnitude == 0) {
    out += '0';
    return;
  }
  std::array<char, 48> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), magnitude,
                                 std::chars_format::scientific);
  const std::string_view written(buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data()));
  if (magnitude < static_cast<Float>(1e-6) || magnitude >= static_cast<Float>(1e21))
    append_scientific(out, written);
  else
    append_fixed(out, written);
}

template <class Integer>
void append_integer(std::string& out, Integer value) {
  std::array<char, 24> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  out.append(buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data()));
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  std::size_t done = 0;
  std::size_t at = 0;
  while (true) {
    while (at < text.size() && is_plain(text[at]))
      ++at;
    out.append(text.data() + done, at - done);
    if (at == text.size())
      break;
    at += append_special(out, text.substr(at));
    done = at;
  }
  out += '"';
}

void append_json_number(std::string& out, std::int64_t value) {
  append_integer(out, value);
}

void append_json_number(std::string& out, std::uint64_t value) {
  append_integer(out, value);
}

void append_json_number(std::string& out, double value) {
  append_floating(out, value);
}

void append_json_number(std::string& out, float value) {
  append_floating(out, value);
}

void append_json_new_line(std::string& out, int depth) {
  out += '\n';
  out.append(static_cast<std::size_t>(depth) * 4, ' ');
}

}  // namespace troupe::messages
