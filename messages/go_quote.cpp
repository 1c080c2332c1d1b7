#include "messages/go_quote.hpp"

#include <cstdint>

#include "messages/utf8.hpp"

namespace troupe::messages {
namespace {

constexpr std::string_view hex = "0123456789abcdef";

void append_hex(std::string& out, std::uint32_t value, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
    out += hex[value >> shift & 0xf];
}

// The invisible ones of the blocks that occur in practice: controls, blanks, formats, surrogates,
// private use.
bool is_invisible(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code <= 0xa0) || code == 0xad || code == 0x61c ||
         code == 0x1680 || code == 0x180e || (code >= 0x2000 && code <= 0x200f) ||
         (code >= 0x2028 && code <= 0x202f) || (code >= 0x205f && code <= 0x206f) ||
         code == 0x3000 || (code >= 0xe000 && code <= 0xf8ff) || code == 0xfeff ||
         (code >= 0xfff0 && code <= 0xfffb) || (code & 0xfffe) == 0xfffe || code >= 0xe0000;
}

char short_escape(std::uint32_t code) {
  switch (code) {
    case '\a':
      return 'a';
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    case '\v':
      return 'v';
    case '\\':
      return '\\';
    default:
      return 0;
  }
}

void append_character(std::string& out, std::uint32_t code, char quote) {
  if (code == static_cast<unsigned char>(quote)) {
    out += '\\';
    out += quote;
  } else if (const char escape = short_escape(code)) {
    out += '\\';
    out += escape;
  } else if (!is_invisible(code)) {
    append_utf8(out, code);
  } else if (code < 0x20 || code == 0x7f) {
    out += "\\x";
    append_hex(out, code, 2);
  } else if (code < 0x10000) {
    out += "\\u";
    append_hex(out, code, 4);
  } else {
    out += "\\U";
    append_hex(out, code, 8);
  }
}

}  // namespace

std::string go_quote(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const auto character = first_utf8_character(text);
    if (character.length_bytes == 0) {
      out += "\\x";
      append_hex(out, static_cast<unsigned char>(text.front()), 2);
      text.remove_prefix(1);
      continue;
    }
    append_character(out, character.code, '"');
    text.remove_prefix(character.length_bytes);
  }
  return out + '"';
}

std::string go_quote_byte(char byte) {
  std::string out = "'";
  append_character(out, static_cast<unsigned char>(byte), '\'');
  return out + '\'';
}

}  // namespace troupe::messages
