#include "messages/go_duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace troupe::messages {
namespace {

// The magnitude of the most negative duration, which is one more than the greatest positive one.
constexpr std::uint64_t magnitude_max = std::uint64_t{1} << 63;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Go's time.quote: bytes outside printable ASCII as \xNN.
std::string quoted(std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || byte < 0x20) {
      out += "\\x";
      out += hex[byte >> 4];
      out += hex[byte & 0xf];
      continue;
    }
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '"';
}

failure refusal(const std::string& what, std::string_view original) {
  return {errc::bad_request, "time: " + what + " " + quoted(original)};
}

std::optional<std::uint64_t> unit_ns(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 8> units{{
      {"ns", 1},
      {"us", 1'000},
      {"\u00b5s", 1'000},  // micro sign
      {"\u03bcs", 1'000},  // Greek mu
      {"ms", 1'000'000},
      {"s", 1'000'000'000},
      {"m", 60'000'000'000},
      {"h", 3'600'000'000'000},
  }};
  for (const auto& [unit, nanoseconds] : units) {
    if (unit == name)
      return nanoseconds;
  }
  return std::nullopt;
}

// The digits at the front, taken off `rest`. Nothing: more than 2^63.
std::optional<std::uint64_t> take_integer(std::string_view& rest) {
  std::uint64_t value = 0;
  while (!rest.empty() && is_digit(rest.front())) {
    if (value > magnitude_max / 10)
      return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(rest.front() - '0');
    if (value > magnitude_max)
      return std::nullopt;
    rest.remove_prefix(1);
  }
  return value;
}

struct fraction {
  std::uint64_t digits = 0;
  double scale = 1;  // the fraction is digits / scale
};

// Digits too many to count are dropped, as Go drops them.
fraction take_fraction(std::string_view& rest) {
  fraction taken;
  bool full = false;
  for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1)) {
    if (full || taken.digits > (magnitude_max - 1) / 10) {
      full = true;
      continue;
    }
    const auto next = taken.digits * 10 + static_cast<std::uint64_t>(rest.front() - '0');
    if (next > magnitude_max) {
      full = true;
      continue;
    }
    taken.digits = next;
    taken.scale *= 10;
  }
  return taken;
}

// One "1.5h", taken off `rest`. The failure's text lacks the whole duration: the caller adds it.
struct part {
  std::uint64_t nanoseconds = 0;
  std::string refused;  // empty: fine
};

part take_part(std::string_view& rest) {
  const std::string invalid = "invalid duration";
  if (rest.front() != '.' && !is_digit(rest.front()))
    return {0, invalid};
  const auto length_before = rest.size();
  const auto whole = take_integer(rest);
  if (!whole)
    return {0, invalid};
  bool any_digit = rest.size() != length_before;
  fraction behind_point;
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    const auto digits_before = rest.size();
    behind_point = take_fraction(rest);
    any_digit = any_digit || rest.size() != digits_before;
  }
  if (!any_digit)
    return {0, invalid};

  std::size_t unit_bytes = 0;
  while (unit_bytes < rest.size() && rest[unit_bytes] != '.' && !is_digit(rest[unit_bytes]))
    ++unit_bytes;
  if (unit_bytes == 0)
    return {0, "missing unit in duration"};
  const auto unit_name = rest.substr(0, unit_bytes);
  const auto unit = unit_ns(unit_name);
  if (!unit)
    return {0, "unknown unit " + quoted(unit_name) + " in duration"};
  rest.remove_prefix(unit_bytes);

  if (*whole > magnitude_max / *unit)
    return {0, invalid};
  auto value = *whole * *unit;
  if (behind_point.digits > 0) {
    const auto digits = static_cast<double>(behind_point.digits);
    value += static_cast<std::uint64_t>(digits * (static_cast<double>(*unit) / behind_point.scale));
    if (value > magnitude_max)
      return {0, invalid};
  }
  return {value, {}};
}

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end.ptr);
}

// value / 10^places, without zeros at the end.
void append_decimal(std::string& out, std::uint64_t value, int places) {
  std::uint64_t unit = 1;
  for (int i = 0; i < places; ++i)
    unit *= 10;
  append_number(out, value / unit);
  auto remainder = value % unit;
  if (remainder == 0)
    return;
  out += '.';
  while (remainder != 0) {
    unit /= 10;
    out += static_cast<char>('0' + remainder / unit);
    remainder %= unit;
  }
}

}  // namespace

result<std::chrono::nanoseconds> parse_go_duration(std::string_view text) {
  auto rest = text;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+'))
    rest.remove_prefix(1);
  if (rest == "0")
    return std::chrono::nanoseconds::zero();
  if (rest.empty())
    return refusal("invalid duration", text);

  std::uint64_t total = 0;
  while (!rest.empty()) {
    auto next = take_part(rest);
    if (!next.refused.empty())
      return refusal(next.refused, text);
    total += next.nanoseconds;
    if (total > magnitude_max)
      return refusal("invalid duration", text);
  }
  if (negative)
    return std::chrono::nanoseconds{static_cast<std::int64_t>(0 - total)};
  if (total == magnitude_max)
    return refusal("invalid duration", text);
  return std::chrono::nanoseconds{static_cast<std::int64_t>(total)};
}

std::string to_go_duration(std::chrono::nanoseconds duration) {
  const auto count = duration.count();
  auto magnitude = static_cast<std::uint64_t>(count);
  std::string out;
  if (count < 0) {
    magnitude = 0 - magnitude;
    out += '-';
  }
  if (magnitude == 0)
    return "0s";
  if (magnitude < 1'000) {
    append_number(out, magnitude);
    return out + "ns";
  }
  if (magnitude < 1'000'000) {
    append_decimal(out, magnitude, 3);
    return out + "\u00b5s";
  }
  if (magnitude < 1'000'000'000) {
    append_decimal(out, magnitude, 6);
    return out + "ms";
  }
  constexpr std::uint64_t minute_ns = 60'000'000'000;
  const auto minutes = magnitude / minute_ns;
  if (minutes >= 60) {
    append_number(out, minutes / 60);
    out += 'h';
  }
  if (minutes > 0) {
    append_number(out, minutes % 60);
    out += 'm';
  }
  append_decimal(out, magnitude % minute_ns, 9);
  return out + 's';
}

}  // namespace troupe::messages
