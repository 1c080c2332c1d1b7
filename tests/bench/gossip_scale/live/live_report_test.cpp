#include "bench/gossip_scale/live/live_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace troupe::gossip_scale {
namespace {

using testing::HasSubstr;
using testing::Not;

live_options some_options() {
  live_options made;
  made.members = 4;
  made.serf_members = 2;
  return made;
}

live_report some_report() {
  live_report made;
  made.whole_views = 4;
  made.whole_views_s = 3.25;
  made.quiet_s = 30;
  made.ours = {.cpu_us_a_second = 71.5, .packets_a_second = 2, .packet_bytes_a_second = 220};
  made.serf = side_cost{.cpu_us_a_second = 1800, .packets_a_second = 3, .packet_bytes_a_second = 1};
  noticed killed;
  killed.member = 3;
  killed.first_observer = 4;
  killed.ours = {.observers = 3, .told = 3, .first_s = 10.5, .median_s = 11, .all_s = 12};
  killed.serf = {.observers = 2, .told = 1, .first_s = 10, .median_s = 10, .all_s = -1};
  made.after.mishaps.push_back(killed);
  return made;
}

TEST(live_report, shows_both_sides_and_who_noticed_first) {
  const auto text = to_text(some_options(), some_report());
  EXPECT_THAT(text, HasSubstr("3.25 s"));
  EXPECT_THAT(text, HasSubstr("71.5      1800.0  us"));
  EXPECT_THAT(text, HasSubstr("live-3 killed"));
  EXPECT_THAT(text, HasSubstr("serf-4; ours 10.50 / 11.00 / 12.00 (3 of 3); "
                              "serf 10.00 / 10.00 / - (1 of 2)"));
  EXPECT_THAT(text, HasSubstr("10.00 / - s of 1"));
}

TEST(live_report, says_nothing_of_serf_where_there_is_none) {
  auto options = some_options();
  options.serf_members = 0;
  auto report = some_report();
  report.serf.reset();
  report.after.mishaps.front().first_observer = 1;
  const auto text = to_text(options, report);
  EXPECT_THAT(text, HasSubstr("4 members in this process on 2 threads, 0 serf agents"));
  EXPECT_THAT(text, Not(HasSubstr("; serf ")));
  EXPECT_THAT(text, Not(HasSubstr("of serf")));
}

TEST(live_report, says_that_views_did_not_become_whole_and_that_it_was_stopped) {
  auto report = some_report();
  report.whole_views = 2;
  report.whole_views_s = -1;
  report.is_complete = false;
  const auto text = to_text(some_options(), report);
  EXPECT_THAT(text, HasSubstr("2 of 4 are"));
  EXPECT_THAT(text, HasSubstr("stopped early"));
}

TEST(live_report, leaves_unknown_figures_null_in_json) {
  const auto text = to_json(some_options(), some_report());
  EXPECT_THAT(text, HasSubstr("\"whole_views_s\": 3.25"));
  EXPECT_THAT(text, HasSubstr("\"all_s\": null"));
  EXPECT_THAT(text, HasSubstr("\"settle_s\": null"));
}

}  // namespace
}  // namespace troupe::gossip_scale
