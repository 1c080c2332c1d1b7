#include "actors/events/kept_events.hpp"

#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace troupe::actors::events {
namespace {

using namespace std::chrono_literals;

std::string uuid(unsigned number) {
  return fmt::format("{:08x}-0000-4000-8000-{:012x}", number, number * 7919);
}

messages::AgentEvent event(unsigned number, const std::string& name = "deploy") {
  messages::AgentEvent made;
  made.set_id(uuid(number));
  made.set_name(name);
  return made;
}

TEST(index_of_event, is_both_halves_of_the_id_xor_each_other) {
  EXPECT_EQ(index_of_event("00000000-0000-0001-0000-000000000002"), 3U);
  EXPECT_EQ(index_of_event("b54fe110-7af5-cafc-d1fb-afc8ba432b1c"),
            0xb54fe1107af5cafcULL ^ 0xd1fbafc8ba432b1cULL);
}

TEST(index_of_event, is_never_zero_whatever_the_id) {
  for (const char* id :
       {"", "x", "00000000-0000-0001-0000-000000000001", "zzzzzzzz-0000-0001-0000-000000000002",
        "------------------------------------"})
    EXPECT_EQ(index_of_event(id), 1U) << id;
}

TEST(kept_events, are_the_latest_oldest_first) {
  kept_events kept;
  EXPECT_EQ(kept.list("").meta().index(), 1U);
  for (unsigned i = 0; i < 300; ++i)
    kept.add(event(i));
  const auto all = kept.list("");
  ASSERT_EQ(all.events_size(), 256);
  EXPECT_EQ(all.events(0).id(), uuid(44));
  EXPECT_EQ(all.events(255).id(), uuid(299));
  EXPECT_EQ(all.meta().index(), index_of_event(uuid(299)));
}

TEST(kept_events, of_one_name_have_an_index_of_their_own) {
  kept_events kept;
  kept.add(event(1, "a"));
  kept.add(event(2, "b"));
  EXPECT_EQ(kept.list("a").events_size(), 1);
  EXPECT_EQ(kept.list("a").meta().index(), index_of_event(uuid(1)));
  EXPECT_EQ(kept.list("c").meta().index(), 1U);
}

TEST(kept_events, end_the_wait_for_another_one_of_that_name_only) {
  kept_events kept;
  const auto waits = kept.wait({.name = "a", .index = 1, .ticket = 7, .deadline = time_point(1s)});
  ASSERT_TRUE(waits);
  EXPECT_TRUE(kept.add(event(1, "b")).empty());
  EXPECT_EQ(kept.add(event(2, "a")), std::vector{*waits});
  EXPECT_EQ(kept.find(7), *waits);
  kept.remove(*waits);
  EXPECT_TRUE(kept.add(event(3, "a")).empty());
  EXPECT_FALSE(kept.find(7));
}

TEST(kept_events, end_a_wait_also_when_the_event_it_names_is_forgotten) {
  kept_events kept;
  kept.add(event(1, "a"));
  const auto waits =
      kept.wait({.name = "a", .index = index_of_event(uuid(1)), .ticket = 0, .deadline = {}});
  std::vector<wait_id> over;
  for (unsigned i = 2; over.empty() && i < 400; ++i)
    over = kept.add(event(i, "b"));
  EXPECT_EQ(over, std::vector{*waits});
}

TEST(kept_events, know_whose_time_is_over) {
  kept_events kept;
  EXPECT_FALSE(kept.next_deadline());
  const auto late = kept.wait({.name = "", .index = 1, .ticket = 0, .deadline = time_point(9s)});
  const auto soon = kept.wait({.name = "", .index = 1, .ticket = 0, .deadline = time_point(2s)});
  EXPECT_EQ(kept.next_deadline(), time_point(2s));
  EXPECT_TRUE(kept.due(time_point(1s)).empty());
  EXPECT_EQ(kept.due(time_point(2s)), std::vector{*soon});
  kept.remove(*soon);
  EXPECT_EQ(kept.next_deadline(), time_point(9s));
  kept.remove(*late);
}

TEST(kept_events, let_only_so_many_wait) {
  kept_events kept;
  for (std::size_t i = 0; i < messages::limits::waiting_event_lists_max; ++i)
    ASSERT_TRUE(kept.wait({.name = "", .index = 1, .ticket = 0, .deadline = {}}));
  const auto refused = kept.wait({.name = "", .index = 1, .ticket = 0, .deadline = {}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, messages::errc::too_many_requests);
}

}  // namespace
}  // namespace troupe::actors::events
