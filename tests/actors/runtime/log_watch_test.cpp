#include "actors/runtime/log_watch.hpp"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "messages/limits.hpp"

namespace troupe::actors {
namespace {

namespace limits = messages::limits;

class log_watch_test : public ::testing::Test {
 protected:
  std::shared_ptr<log_watch> watch(log_level level, log_form form = log_form::text) {
    auto made = all_.watch({.level = level, .form = form}, [this] { ++woken_; });
    EXPECT_TRUE(made.has_value());
    return made ? *made : nullptr;
  }

  void publish(log_level level, const std::string& text) {
    all_.publish(level, [&](log_form form) {
      ++rendered_;
      return (form == log_form::json ? "json:" : "") + text + "\n";
    });
  }

  log_watches all_;
  int woken_ = 0;
  int rendered_ = 0;
};

TEST_F(log_watch_test, knows_the_levels_by_name_in_any_case) {
  EXPECT_EQ(log_level_of("TRACE"), log_level::trace);
  EXPECT_EQ(log_level_of("Info"), log_level::info);
  EXPECT_EQ(log_level_of("err"), log_level::error);
  for (const char* wrong : {"", "zonk", "off", "info "})
    EXPECT_FALSE(log_level_of(wrong)) << wrong;
}

TEST_F(log_watch_test, hands_on_lines_of_its_level_and_above_in_its_form) {
  const auto text = watch(log_level::warn);
  const auto json = watch(log_level::debug, log_form::json);
  publish(log_level::trace, "t");
  EXPECT_EQ(rendered_, 0);
  publish(log_level::info, "i");
  publish(log_level::error, "e");
  EXPECT_EQ(text->take(), "e\n");
  EXPECT_EQ(json->take(), "json:i\njson:e\n");
  EXPECT_EQ(text->take(), "");
}

TEST_F(log_watch_test, renders_a_line_once_a_form_whoever_watches) {
  const auto first = watch(log_level::info);
  const auto second = watch(log_level::info);
  publish(log_level::info, "i");
  EXPECT_EQ(rendered_, 1);
}

TEST_F(log_watch_test, wakes_once_until_it_is_asked) {
  const auto one = watch(log_level::info);
  publish(log_level::info, "a");
  publish(log_level::info, "b");
  EXPECT_EQ(woken_, 1);
  one->take();
  publish(log_level::info, "c");
  EXPECT_EQ(woken_, 2);
}

TEST_F(log_watch_test, drops_what_is_not_fetched_in_time_and_says_how_much) {
  const auto one = watch(log_level::info);
  for (std::size_t i = 0; i < limits::log_watch_lines_max + 7; ++i)
    publish(log_level::info, "x");
  std::string kept;
  for (std::size_t i = 0; i < limits::log_watch_lines_max; ++i)
    kept += "x\n";
  EXPECT_EQ(one->take(), kept + "[WARN]  agent: monitor: 7 lines were dropped: read too slowly\n");
  publish(log_level::info, "again");
  EXPECT_EQ(one->take(), "again\n");
}

TEST_F(log_watch_test, keeps_no_more_bytes_than_it_may) {
  const auto one = watch(log_level::info);
  const std::string long_line(limits::log_watch_line_bytes_max, 'x');
  for (int i = 0; i < 100; ++i)
    publish(log_level::info, long_line);
  const auto kept = one->take();
  EXPECT_LE(kept.size(), limits::log_watch_bytes_max + 100);
  EXPECT_GT(kept.size(), limits::log_watch_bytes_max - 2 * limits::log_watch_line_bytes_max);
}

TEST_F(log_watch_test, ends_with_its_handle_and_tells_what_level_is_still_wanted) {
  std::vector<log_level> told;
  all_.on_change([&](log_level lowest) { told.push_back(lowest); });
  auto quiet = watch(log_level::warn);
  auto loud = watch(log_level::trace);
  loud.reset();
  quiet.reset();
  EXPECT_EQ(told, (std::vector{log_level::off, log_level::warn, log_level::trace, log_level::warn,
                               log_level::off}));
  EXPECT_EQ(all_.size(), 0U);
  publish(log_level::error, "to nobody");
  EXPECT_EQ(rendered_, 0);
}

TEST_F(log_watch_test, refuses_more_watchers_than_it_may_have) {
  std::vector<std::shared_ptr<log_watch>> held;
  for (std::size_t i = 0; i < limits::log_watches_max; ++i)
    held.push_back(watch(log_level::info));
  const auto one_more = all_.watch({}, [] {});
  ASSERT_FALSE(one_more.has_value());
  EXPECT_EQ(one_more.error().code, messages::errc::too_many_requests);
  held.pop_back();
  EXPECT_TRUE(all_.watch({}, [] {}).has_value());
}

TEST_F(log_watch_test, may_be_fed_and_ended_on_several_threads) {
  std::atomic<bool> over = false;
  std::vector<std::thread> writers;
  for (int i = 0; i < 3; ++i)
    writers.emplace_back([this, &over] {
      while (!over)
        all_.publish(log_level::info, [](log_form) { return std::string("line\n"); });
    });
  std::size_t seen = 0;
  for (int i = 0; i < 20; ++i) {
    auto made = all_.watch({}, [] {});
    ASSERT_TRUE(made.has_value());
    while ((*made)->take().empty())
      std::this_thread::yield();
    ++seen;
  }
  over = true;
  for (auto& each : writers)
    each.join();
  EXPECT_EQ(seen, 20U);
  EXPECT_EQ(all_.size(), 0U);
}

}  // namespace
}  // namespace troupe::actors
