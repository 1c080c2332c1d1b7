#include "bench/gossip_scale/live/serf_log.hpp"

#include <charconv>
#include <ctime>

namespace troupe::gossip_scale {

namespace {

// The text between `before` and `after`, the first time they stand so.
std::optional<std::string_view> between(std::string_view text, std::string_view before,
                                        std::string_view after) {
  const auto begin = text.find(before);
  if (begin == std::string_view::npos)
    return std::nullopt;
  text.remove_prefix(begin + before.size());
  return text.substr(0, text.find(after));
}

std::optional<double> number_after(std::string_view line, std::string_view label) {
  const auto text = between(line, label, " ");
  if (!text)
    return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  return error == std::errc{} ? std::optional{value} : std::nullopt;
}

std::optional<std::chrono::system_clock::time_point> time_of(std::string_view text) {
  tm parts{};
  if (strptime(std::string{text}.c_str(), "%Y-%m-%d %H:%M:%S %z", &parts) == nullptr)
    return std::nullopt;
  const auto offset_s = parts.tm_gmtoff;  // timegm() sets it anew
  return std::chrono::system_clock::from_time_t(timegm(&parts) - offset_s);
}

std::optional<serf_counter_line> counter_of(std::string_view line) {
  const auto name = between(line, "][C] 'serf-agent.", "'");
  const auto begun = time_of(line.substr(1));
  const auto count = number_after(line, "Count: ");
  const auto sum = number_after(line, "Sum: ");
  if (!name || !begun || !count || !sum)
    return std::nullopt;
  return serf_counter_line{*begun, *name, *count, *sum};
}

}  // namespace

std::optional<std::variant<serf_member_line, serf_counter_line>> parse_serf_line(
    std::string_view line) {
  if (line.starts_with('[')) {
    if (const auto counter = counter_of(line))
      return *counter;
    return std::nullopt;
  }
  if (const auto name = between(line, "serf: EventMemberJoin: ", " "))
    return serf_member_line{true, false, *name};
  if (const auto name = between(line, "serf: EventMemberFailed: ", " "))
    return serf_member_line{false, true, *name};
  if (const auto name = between(line, "serf: EventMemberLeave: ", " "))
    return serf_member_line{false, false, *name};
  return std::nullopt;
}

}  // namespace troupe::gossip_scale
