#include "deploy/agent/log_lines.hpp"

#include <algorithm>
#include <memory>
#include <string>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

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

}  // namespace

void set_up_log(const log_options& options) {
  auto log =
      std::make_shared<spdlog::logger>("agent", std::make_shared<spdlog::sinks::stdout_sink_mt>());
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<bracketed_level>('*').add_flag<json_text>('?');
  formatter->set_pattern(
      options.json ? R"({"@level":"%l","@message":"%?","@timestamp":"%Y-%m-%dT%H:%M:%S.%eZ"})"
                   : "%Y-%m-%dT%H:%M:%S.%eZ %* %v");
  log->set_formatter(std::move(formatter));
  const std::string level = options.level == "warn" ? "warning" : options.level;
  log->set_level(spdlog::level::from_str(level));
  log->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(log));
}

}  // namespace troupe::agent
