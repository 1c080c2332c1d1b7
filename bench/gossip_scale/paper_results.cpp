#include "bench/gossip_scale/paper_results.hpp"

#include <charconv>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace troupe::gossip_scale {

namespace {

using messages::errc;
using messages::failure;
using messages::result;

// Changes whenever runs of old would come out differently.
constexpr const char* first_line = "gossip_scale paper, results 2";
constexpr const char* last_word = "whole";

// The next word, or list item, and what follows.
std::string_view take_until(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const auto taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

template <class Number>
bool read_number(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

// "-" or numbers with commas between.
bool read_list(std::string_view text, std::vector<double>& into) {
  if (text == "-")
    return true;
  while (!text.empty())
    if (!read_number(take_until(text, ','), into.emplace_back()))
      return false;
  return !into.empty();
}

std::string list_of(const std::vector<double>& values) {
  return values.empty() ? "-" : fmt::format("{:.6f}", fmt::join(values, ","));
}

}  // namespace

kept_result kept_result::of(const figures& found) {
  return {.false_positives = found.false_positives,
          .false_positives_at_healthy = found.false_positives_at_healthy,
          .packets = found.total.packets_sent,
          .bytes = found.total.wire_bytes,
          .first_detection_s = found.first_detection_s,
          .full_dissemination_s = found.full_dissemination_s};
}

std::string line_of(const std::string& key, const kept_result& result) {
  return fmt::format("{} {} {} {} {} {} {} {}", key, result.false_positives,
                     result.false_positives_at_healthy, result.packets, result.bytes,
                     list_of(result.first_detection_s), list_of(result.full_dissemination_s),
                     last_word);
}

std::optional<std::pair<std::string, kept_result>> read_line(std::string_view line) {
  std::pair<std::string, kept_result> read;
  auto& [key, result] = read;
  key = take_until(line, ' ');
  const bool is_whole =
      !key.empty() && read_number(take_until(line, ' '), result.false_positives) &&
      read_number(take_until(line, ' '), result.false_positives_at_healthy) &&
      read_number(take_until(line, ' '), result.packets) &&
      read_number(take_until(line, ' '), result.bytes) &&
      read_list(take_until(line, ' '), result.first_detection_s) &&
      read_list(take_until(line, ' '), result.full_dissemination_s) && line == last_word;
  return is_whole ? std::optional{std::move(read)} : std::nullopt;
}

result<results_file> results_file::open(const std::string& path) {
  results_file made;
  std::ifstream in{path};
  std::string line;
  const bool is_new = !std::getline(in, line);
  if (!is_new && line != first_line)
    return failure{errc::bad_request, path + " holds something else than results of this version"};
  while (std::getline(in, line))
    if (auto read = read_line(line))
      made.all_.insert(std::move(*read));
  made.out_.open(path, std::ios::app);
  if (is_new)
    made.out_ << first_line;
  // Ends a line that was cut off.
  made.out_ << "\n" << std::flush;
  if (!made.out_)
    return failure{errc::bad_request, "cannot write " + path};
  return made;
}

bool results_file::add(const std::string& key, kept_result result) {
  out_ << line_of(key, result) << "\n" << std::flush;
  all_.insert_or_assign(key, std::move(result));
  return static_cast<bool>(out_);
}

}  // namespace troupe::gossip_scale
