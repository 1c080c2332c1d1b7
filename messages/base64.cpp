#include "messages/base64.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace troupe::messages {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t not_in_alphabet = 0xff;

// Two characters for each 12 bits: half the look-ups of one for each 6.
constexpr auto pairs = [] {
  std::array<std::array<char, 2>, 4096> table{};
  for (std::size_t i = 0; i < table.size(); ++i)
    table[i] = {alphabet[i >> 6], alphabet[i & 63]};
  return table;
}();

constexpr auto values = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(not_in_alphabet);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return table;
}();

std::uint32_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

failure corrupt_at(std::size_t offset) {
  return {errc::bad_request, "illegal base64 data at input byte " + std::to_string(offset)};
}

std::size_t skip_line_ends(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == '\n' || text[at] == '\r'))
    ++at;
  return at;
}

// What a padding character at `at` - 1, behind `digits` digits of its group, makes of the text:
// Go's offsets, which name the character after the one at fault in some cases, are part of the API.
result<void> check_padding(std::string_view text, std::size_t at, int digits) {
  if (digits < 2)
    return corrupt_at(at - 1);
  if (digits == 2) {
    at = skip_line_ends(text, at);
    if (at == text.size())
      return corrupt_at(text.size());
    if (text[at] != '=')
      return corrupt_at(at - 1);
    ++at;
  }
  at = skip_line_ends(text, at);
  if (at < text.size())
    return corrupt_at(at);
  return {};
}

void append_group(std::string& out, std::uint32_t bits, int digits) {
  out += static_cast<char>(bits >> 16);
  if (digits > 2)
    out += static_cast<char>(bits >> 8);
  if (digits > 3)
    out += static_cast<char>(bits);
}

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  const auto start = out.size();
  out.resize(start + (bytes.size() + 2) / 3 * 4);
  char* to = out.data() + start;
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3, to += 4) {
    const auto bits = byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);
    const auto& high = pairs[bits >> 12];
    const auto& low = pairs[bits & 4095];
    to[0] = high[0];
    to[1] = high[1];
    to[2] = low[0];
    to[3] = low[1];
  }
  if (i == bytes.size())
    return;
  const bool two_left = i + 2 == bytes.size();
  const auto bits = byte_at(bytes, i) << 16 | (two_left ? byte_at(bytes, i + 1) << 8 : 0);
  to[0] = alphabet[bits >> 18];
  to[1] = alphabet[bits >> 12 & 63];
  to[2] = two_left ? alphabet[bits >> 6 & 63] : '=';
  to[3] = '=';
}

result<std::string> decode_base64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  int digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto value = values[static_cast<unsigned char>(c)];
    if (value != not_in_alphabet) {
      bits = bits << 6 | value;
      if (++digits == 4) {
        append_group(out, bits, 4);
        bits = 0;
        digits = 0;
      }
      continue;
    }
    if (c == '\n' || c == '\r')
      continue;
    if (c != '=')
      return corrupt_at(i);
    if (auto padding = check_padding(text, i + 1, digits); !padding)
      return padding.error();
    append_group(out, bits << 6 * (4 - digits), digits);
    return out;
  }
  if (digits != 0)
    return corrupt_at(text.size() - static_cast<std::size_t>(digits));
  return out;
}

}  // namespace troupe::messages
