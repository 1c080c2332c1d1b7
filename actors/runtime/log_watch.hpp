// The log as it occurs: whoever watches is handed each line from then on. One queue a watcher,
// bounded: lines that it does not fetch in time are dropped, and it is told how many. Any thread
// may publish; nothing here waits for a watcher. It knows neither spdlog, sockets nor CAF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/result.hpp"

namespace troupe::actors {

enum class log_level : std::uint8_t { trace, debug, info, warn, error, off };

// "trace", "debug", "info", "warn", "error" or "err", in any case.
std::optional<log_level> log_level_of(std::string_view name);

enum class log_form : std::uint8_t { text, json };

struct log_watch_options {
  log_level level = log_level::info;  // and above
  log_form form = log_form::text;
};

class log_watch {
 public:
  // `wake` is called on the thread that logs, once until the next take(): it must neither wait nor
  // log.
  log_watch(log_watch_options options, std::function<void()> wake);

  const log_watch_options& options() const { return options_; }

  // What there is, each line with its end, and last how many more were dropped; empty: nothing.
  std::string take();

  void put(std::shared_ptr<const std::string> line);

 private:
  std::string dropped_notice() const;

  const log_watch_options options_;
  const std::function<void()> wake_;
  std::mutex mutex_;
  std::deque<std::shared_ptr<const std::string>> lines_;
  std::size_t bytes_ = 0;
  std::size_t dropped_ = 0;
  bool woken_ = false;
};

// All watches of a process.
class log_watches {
 public:
  // Called with the lowest level that anybody watches, off for nobody, whenever that may have
  // changed; under a lock: it must not log.
  void on_change(std::function<void(log_level lowest)> tell);

  // Ends with the handle's last copy. Fails with errc::too_many_requests.
  messages::result<std::shared_ptr<log_watch>> watch(log_watch_options options,
                                                     std::function<void()> wake);

  // `render` is called at most once a form, and only if somebody wants the line.
  void publish(log_level level, const std::function<std::string(log_form)>& render);

  std::size_t size() const;

 private:
  void tell_lowest();
  void forget(const log_watch* which);

  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<log_watch>> all_;
  std::function<void(log_level)> tell_;
};

// Those of this process' log.
log_watches& process_log_watches();

}  // namespace troupe::actors
