#include "actors/health/check_result.hpp"

#include <fmt/core.h>

#include "messages/utf8.hpp"

namespace troupe::actors {

std::string_view to_text(check_status status) {
  switch (status) {
    case check_status::passing:
      return "passing";
    case check_status::warning:
      return "warning";
    case check_status::critical:
      return "critical";
  }
  return "critical";
}

std::optional<check_status> parse_check_status(std::string_view text) {
  for (const auto status : {check_status::passing, check_status::warning, check_status::critical}) {
    if (text == to_text(status))
      return status;
  }
  return std::nullopt;
}

std::string cut_output(std::string output, std::size_t bytes_max) {
  const std::size_t total = output.size();
  if (total <= bytes_max)
    return output;
  output.resize(bytes_max);
  return output + fmt::format(" ... (captured {} of {} bytes)", bytes_max, total);
}

std::string to_valid_utf8(std::string_view text) {
  using messages::first_utf8_character;
  std::string valid;
  while (!text.empty()) {
    const auto length = first_utf8_character(text).length_bytes;
    if (length == 0)
      messages::append_utf8(valid, messages::replacement_character);
    else
      valid.append(text.substr(0, length));
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return valid;
}

}  // namespace troupe::actors
