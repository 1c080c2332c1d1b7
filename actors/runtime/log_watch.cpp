#include "actors/runtime/log_watch.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "messages/limits.hpp"

namespace troupe::actors {

namespace limits = messages::limits;

std::optional<log_level> log_level_of(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "err")
    return log_level::error;
  constexpr std::array<std::string_view, 5> names{"trace", "debug", "info", "warn", "error"};
  const auto* const found = std::find(names.begin(), names.end(), lower);
  if (found == names.end())
    return std::nullopt;
  return static_cast<log_level>(found - names.begin());
}

// -- one watch -----------------------------------------------------------------

log_watch::log_watch(log_watch_options options, std::function<void()> wake)
    : options_(options), wake_(std::move(wake)) {}

std::string log_watch::dropped_notice() const {
  if (dropped_ == 0)
    return {};
  const auto text = std::to_string(dropped_) + " lines were dropped: read too slowly";
  if (options_.form == log_form::json)
    return R"({"@level":"warn","@message":"agent: monitor: )" + text + "\"}\n";
  return "[WARN]  agent: monitor: " + text + "\n";
}

std::string log_watch::take() {
  const std::lock_guard lock(mutex_);
  std::string all;
  all.reserve(bytes_);
  for (const auto& line : lines_)
    all += *line;
  all += dropped_notice();
  lines_.clear();
  bytes_ = 0;
  dropped_ = 0;
  woken_ = false;
  return all;
}

void log_watch::put(std::shared_ptr<const std::string> line) {
  {
    const std::lock_guard lock(mutex_);
    // After the first that is dropped all are, until take(): what is left out is one piece.
    if (dropped_ > 0 || lines_.size() >= limits::log_watch_lines_max ||
        bytes_ + line->size() > limits::log_watch_bytes_max) {
      ++dropped_;
      return;
    }
    bytes_ += line->size();
    lines_.push_back(std::move(line));
    if (std::exchange(woken_, true))
      return;
  }
  wake_();
}

// -- all of them -----------------------------------------------------------------

void log_watches::on_change(std::function<void(log_level)> tell) {
  const std::lock_guard lock(mutex_);
  tell_ = std::move(tell);
  tell_lowest();
}

void log_watches::tell_lowest() {
  if (!tell_)
    return;
  auto lowest = log_level::off;
  for (const auto& each : all_)
    lowest = std::min(lowest, each->options().level);
  tell_(lowest);
}

messages::result<std::shared_ptr<log_watch>> log_watches::watch(log_watch_options options,
                                                                std::function<void()> wake) {
  auto made = std::make_shared<log_watch>(options, std::move(wake));
  const std::lock_guard lock(mutex_);
  if (all_.size() >= limits::log_watches_max)
    return messages::failure{messages::errc::too_many_requests, "too many monitors of this agent"};
  all_.push_back(made);
  tell_lowest();
  // What the caller holds is a handle of its own, whose end ends the watch.
  auto* watched = made.get();
  return std::shared_ptr<log_watch>(watched, [this](const log_watch* which) { forget(which); });
}

void log_watches::forget(const log_watch* which) {
  std::shared_ptr<log_watch> last;  // destroyed without the lock
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(all_.begin(), all_.end(),
                                  [which](const auto& each) { return each.get() == which; });
  if (found == all_.end())
    return;
  last = std::move(*found);
  all_.erase(found);
  tell_lowest();
}

void log_watches::publish(log_level level, const std::function<std::string(log_form)>& render) {
  std::array<std::shared_ptr<const std::string>, 2> rendered;
  const std::lock_guard lock(mutex_);
  for (const auto& each : all_) {
    if (level < each->options().level)
      continue;
    const auto form = each->options().form;
    auto& line = rendered[static_cast<std::size_t>(form)];
    if (!line)
      line = std::make_shared<const std::string>(render(form));
    each->put(line);
  }
}

std::size_t log_watches::size() const {
  const std::lock_guard lock(mutex_);
  return all_.size();
}

log_watches& process_log_watches() {
  static log_watches all;
  return all;
}

}  // namespace troupe::actors
