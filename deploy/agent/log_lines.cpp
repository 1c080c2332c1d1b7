#include "deploy/agent/log_lines.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "actors/runtime/log_watch.hpp"
#include "messages/limits.hpp"

namespace troupe::agent {

namespace {

// The level in brackets, padded to the longest: "[INFO] ", "[ERROR]".
class bracketed_level : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& line, const std::tm&,
              spdlog::memory_buf_t& out) override {
    static constexpr std::string_view names[] = {"[TRACE]", "[DEBUG]", "[INFO] ", "[WARN] ",
                                                 "[ERROR]", "[ERROR]", ""};
    const auto name = names[line.level];
    out.append(name.data(), name.data() + name.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<bracketed_level>();
  }
};

// The text as a JSON string without its quotes.
class json_text : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& line, const std::tm&,
              spdlog::memory_buf_t& out) override {
    for (const char c : line.payload) {
      if (c == '"' || c == '\\')
        out.push_back('\\');
      const char shown = static_cast<unsigned char>(c) < ' ' ? ' ' : c;
      out.push_back(shown);
    }
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<json_text>();
  }
};

constexpr const char* text_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %* %v";
constexpr const char* json_pattern =
    R"({"@level":"%l","@message":"%?","@timestamp":"%Y-%m-%dT%H:%M:%S.%eZ"})";

std::unique_ptr<spdlog::pattern_formatter> formatter(bool json) {
  auto made = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  made->add_flag<bracketed_level>('*').add_flag<json_text>('?');
  made->set_pattern(json ? json_pattern : text_pattern);
  return made;
}

// Hands each line to those who watch the log.
class watched_sink : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    auto cut = line;
    if (cut.payload.size() > messages::limits::log_watch_line_bytes_max)
      cut.payload = {cut.payload.data(), messages::limits::log_watch_line_bytes_max};
    const auto level = static_cast<actors::log_level>(
        std::min<int>(cut.level, static_cast<int>(actors::log_level::error)));
    actors::process_log_watches().publish(level, [&](actors::log_form form) {
      spdlog::memory_buf_t out;
      (form == actors::log_form::json ? json_ : text_)->format(cut, out);
      return std::string(out.data(), out.size());
    });
  }
  void flush_() override {}

 private:
  std::unique_ptr<spdlog::pattern_formatter> text_ = formatter(false);
  std::unique_ptr<spdlog::pattern_formatter> json_ = formatter(true);
};

// The levels of both agree up to error.
spdlog::level::level_enum level_of(actors::log_level level) {
  return level == actors::log_level::off ? spdlog::level::off
                                         : static_cast<spdlog::level::level_enum>(level);
}

}  // namespace

void set_up_log(const log_options& options) {
  auto own = std::make_shared<spdlog::sinks::stdout_sink_mt>();
  own->set_formatter(formatter(options.json));
  auto log = std::make_shared<spdlog::logger>(
      "agent", spdlog::sinks_init_list{std::move(own), std::make_shared<watched_sink>()});
  log->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(log));
  set_log_level(options.level);
}

void set_log_level(const std::string& level) {
  const auto own = level_of(actors::log_level_of(level).value_or(actors::log_level::info));
  auto log = spdlog::default_logger();
  log->sinks().front()->set_level(own);
  // Who watches may want to see more than the agent writes down.
  actors::process_log_watches().on_change([log, own](actors::log_level lowest) {
    log->sinks().back()->set_level(level_of(lowest));
    log->set_level(std::min(own, level_of(lowest)));
  });
}

}  // namespace troupe::agent
