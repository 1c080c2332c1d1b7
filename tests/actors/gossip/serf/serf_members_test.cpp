// Members: what the failure detector and the intents make of them, leaving, forgetting, merging.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/actors/gossip/serf/serf_fixture.hpp"

namespace troupe::actors::gossip::serf {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> told_events(const serf_output& output) {
  static const char* const kinds[] = {"joined", "updated", "failed", "left", "reaped"};
  std::vector<std::string> told;
  for (const member_event& event : output.member_events)
    told.push_back(fmt::format("{} {}", event.about->name, kinds[static_cast<int>(event.kind)]));
  return told;
}

wire::push_pull_state decoded_state(const std::string& bytes) {
  return *wire::decode_push_pull_state(std::string_view{bytes}.substr(1));
}

TEST(serf_members, who_is_gone_without_a_word_failed) {
  one_core core;
  core.join(2, 2);
  core->on_member_gone("m2", core.now());
  EXPECT_THAT(told_events(core.out()), ElementsAre("m2 joined", "m2 failed"));
  EXPECT_EQ(core.status("m2"), member_status::failed);
}

TEST(serf_members, who_said_so_left) {
  one_core core;
  core.join(2, 2);
  core.hear(wire::leave_intent{5, "m2"});
  EXPECT_EQ(core.status("m2"), member_status::leaving);
  core->on_member_gone("m2", core.now());
  EXPECT_THAT(told_events(core.out()), ElementsAre("m2 joined", "m2 left"));
}

TEST(serf_members, an_intent_may_come_before_its_member) {
  one_core core;
  core.hear(wire::leave_intent{5, "m2"});
  core.hear(wire::join_intent{4, "m2"});
  core.hear(wire::join_intent{7, "m3"});
  core.join(2, 3);
  EXPECT_EQ(core.status("m2"), member_status::leaving);
  EXPECT_EQ(core.status("m3"), member_status::alive);
  core.hear(wire::leave_intent{7, "m3"});
  EXPECT_EQ(core.status("m3"), member_status::alive) << "as old as the join";
}

TEST(serf_members, an_intent_waits_five_minutes_for_its_member) {
  one_core core;
  core.hear(wire::leave_intent{5, "m2"});
  core.pass(5min + 1s);
  core.join(2, 2);
  EXPECT_EQ(core.status("m2"), member_status::alive);
}

TEST(serf_members, news_is_told_on_byte_for_byte_and_once) {
  one_core core;
  core.join(2, 2);
  const std::string intent = wire::encode(wire::leave_intent{5, "m2"});
  core->on_user_message(intent, core.now());
  core->on_user_message(intent, core.now());
  EXPECT_EQ(core->stats().intent_queue, 1U);
  EXPECT_THAT(core.told(), ElementsAre(intent));
}

TEST(serf_members, a_join_takes_an_older_leave_back) {
  one_core core;
  core.join(2, 2);
  core.hear(wire::leave_intent{5, "m2"});
  core.hear(wire::join_intent{6, "m2"});
  EXPECT_EQ(core.status("m2"), member_status::alive);
  core->on_member_gone("m2", core.now());
  EXPECT_EQ(core.status("m2"), member_status::failed);
}

TEST(serf_members, a_leave_of_oneself_is_answered_by_a_join) {
  one_core core;
  core.join(2, 2);
  core.hear(wire::leave_intent{9, "m1"});
  EXPECT_EQ(core.status("m1"), member_status::alive);
  EXPECT_THAT(core.told(), ElementsAre(wire::encode(wire::join_intent{10, "m1"})));
  core.hear(wire::leave_intent{10, "m1"});
  EXPECT_THAT(core.told(), SizeIs(1)) << "an old one is not answered again";
}

TEST(serf_members, one_that_does_not_leave_for_long_is_asked) {
  one_core core;
  core.join(2, 2);
  core.hear(wire::leave_intent{5, "m2"});
  core.pass(15s);
  const auto asked = core.out().direct;
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].to, where_of(2));
  EXPECT_EQ(asked[0].payload, wire::encode(wire::leave_intent{6, "m2"}));
  core.hear(wire::join_intent{7, "m2"});
  core.pass(15s);
  EXPECT_THAT(core.out().direct, IsEmpty());
}

TEST(serf_members, a_failed_one_is_forced_to_have_left) {
  one_core core;
  core.join(2, 3);
  core->on_member_gone("m2", core.now());
  (void)core.out();
  core->force_leave("m2", false, core.now());
  EXPECT_THAT(told_events(core.out()), ElementsAre("m2 left"));
  EXPECT_THAT(core.told(), ElementsAre(wire::encode(wire::leave_intent{1, "m2"})));
}

TEST(serf_members, a_pruned_one_is_forgotten_at_once_or_after_its_leave) {
  one_core core;
  core.join(2, 3);
  core->on_member_gone("m2", core.now());
  (void)core.out();
  core->force_leave("m2", true, core.now());
  EXPECT_THAT(told_events(core.out()), ElementsAre("m2 left", "m2 reaped"));
  core->force_leave("m3", true, core.now());
  EXPECT_EQ(core.status("m3"), member_status::leaving);
  EXPECT_LE(core->next_deadline(), core.now() + 6s);
  core.pass(6s);
  EXPECT_THAT(told_events(core.out()), ElementsAre("m3 reaped"));
  EXPECT_EQ(core.status("m3"), member_status::none);
}

TEST(serf_members, a_live_one_that_was_pruned_stays_by_its_word) {
  one_core core;
  core.join(2, 2);
  core->force_leave("m2", true, core.now());
  core.hear(wire::join_intent{2, "m2"});
  core.pass(10s);
  EXPECT_EQ(core.status("m2"), member_status::alive);
}

TEST(serf_members, failed_and_left_ones_are_forgotten_in_time) {
  serf_settings settings = consul_lan();
  one_core core{settings};
  core.join(2, 4);
  core->on_member_updated(member_number(4, {{"rc_tm", "15m"}}), core.now());
  for (const char* name : {"m2", "m3", "m4"})
    core->on_member_gone(name, core.now());
  core.hear(wire::leave_intent{5, "m3"});
  (void)core.out();
  core.pass(15min + 20s);
  EXPECT_THAT(told_events(core.out()), ElementsAre("m4 reaped")) << "by its own tag";
  core.pass(24h);
  EXPECT_THAT(told_events(core.out()), ElementsAre("m3 reaped"));
  core.pass(48h);
  EXPECT_THAT(told_events(core.out()), ElementsAre("m2 reaped"));
  EXPECT_THAT(core->members(), SizeIs(1));
}

TEST(serf_members, a_failed_one_is_tried_again) {
  one_core core;
  core.join(2, 2);
  core->on_member_gone("m2", core.now());
  (void)core.out();
  core.pass(30s);
  const auto tried = core.out().joins_to_try;  // 1 failed for 1 alive: surely
  ASSERT_THAT(tried, SizeIs(1));
  EXPECT_EQ(tried[0].where, where_of(2));
}

TEST(serf_members, of_many_alive_ones_seldom_tries_a_failed_one) {
  one_core core;
  core.join(2, 100);
  core->on_member_gone("m2", core.now());
  int tries = 0;
  for (int i = 0; i < 10'000; ++i) {
    core.pass(30s);
    tries += static_cast<int>(core.out().joins_to_try.size());
    if (core.status("m2") == member_status::none)
      break;
  }
  EXPECT_GT(tries, 5);  // 2880 rounds until it is forgotten, each with chance 1 in 99
  EXPECT_LT(tries, 70);
}

TEST(serf_members, one_back_soon_after_failing_is_counted_as_flapping) {
  one_core core;
  core.join(2, 2);
  core->on_member_gone("m2", core.now());
  core.pass(59s);
  core.join(2, 2);
  EXPECT_EQ(core->counters().flaps, 1U);
  EXPECT_EQ(core.status("m2"), member_status::alive);
}

TEST(serf_members, tags_are_read_from_meta_and_set_into_it) {
  one_core core;
  core->on_member_joined(member_number(2, {{"role", "node"}, {"dc", "dc1"}}), core.now());
  EXPECT_EQ(core->find("m2")->tags, (tag_map{{"role", "node"}, {"dc", "dc1"}}));
  ASSERT_TRUE(core->set_tags({{"a", "b"}}));
  EXPECT_EQ(core.out().update_meta, wire::encode_tags({{"a", "b"}}));
  EXPECT_EQ(core->own_meta(), wire::encode_tags({{"a", "b"}}));
  const auto refused = core->set_tags({{"a", std::string(512, 'x')}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().detail, "Encoded length of tags exceeds limit of 512 bytes");
}

// -- leaving ---------------------------------------------------------------------

TEST(serf_leave, tells_waits_leaves_and_lets_it_spread) {
  one_core core;
  core.join(2, 2);
  ASSERT_TRUE(core->leave(core.now()));
  EXPECT_FALSE(core->leave(core.now()));
  EXPECT_FALSE(core.out().leave_swim);
  for (int i = 0; i < 4; ++i)  // two members: 4 * 1 sends
    EXPECT_THAT(core.told(), ElementsAre(wire::encode(wire::leave_intent{1, "m1"})));
  EXPECT_LE(core->next_deadline(), core.now());
  EXPECT_TRUE(core.out().leave_swim);
  core->on_swim_left(core.now());
  EXPECT_FALSE(core.out().left);
  core.pass(999ms);
  EXPECT_FALSE(core.out().left);
  core.pass(1ms);
  EXPECT_TRUE(core.out().left);
  core.pass(1h);
  EXPECT_FALSE(core.out().left) << "only once";
}

TEST(serf_leave, does_not_wait_for_ever) {
  one_core core;
  core.join(2, 2);
  ASSERT_TRUE(core->leave(core.now()));
  core.pass(5s);
  EXPECT_TRUE(core.out().leave_swim);
  core.pass(5s);  // no on_swim_left()
  core.pass(1s);
  EXPECT_TRUE(core.out().left);
}

TEST(serf_leave, alone_there_is_nobody_to_tell) {
  one_core core;
  ASSERT_TRUE(core->leave(core.now()));
  EXPECT_TRUE(core.out().leave_swim);
  EXPECT_THAT(core.told(), IsEmpty());
}

TEST(serf_leave, one_that_leaves_does_not_answer_a_leave_of_itself) {
  one_core core;
  core.join(2, 2);
  ASSERT_TRUE(core->leave(core.now()));
  core.hear(wire::leave_intent{9, "m1"});
  EXPECT_EQ(core.status("m1"), member_status::leaving);
}

TEST(serf_leave, is_heard_after_a_push_pull_that_came_before_it) {
  one_core leaver;
  leaver.join(2, 2);
  ASSERT_TRUE(leaver->leave(leaver.now()));
  one_core other{{}, nullptr, {}, 2};
  other.join(1, 1);
  other->on_push_pull_state(leaver->push_pull_state(), {}, other.now());
  for (const auto& message : leaver.told())
    other->on_user_message(message, other.now());
  other->on_member_gone("m1", other.now());
  EXPECT_EQ(other.status("m1"), member_status::left);
}

// -- push/pull ---------------------------------------------------------------------

TEST(serf_push_pull, says_clocks_times_who_left_and_events) {
  one_core core;
  core.join(2, 3);
  core.hear(wire::join_intent{7, "m2"});
  core.hear(wire::leave_intent{9, "m3"});
  core->on_member_gone("m3", core.now());
  ASSERT_TRUE(core->fire_event("deploy", "v1", false, core.now()));
  const std::string bytes = core->push_pull_state();
  const auto said = decoded_state(bytes);
  EXPECT_EQ(said.ltime, 10U);
  EXPECT_EQ(said.event_ltime, 2U);
  EXPECT_EQ(said.query_ltime, 1U);
  EXPECT_THAT(said.left_members, ElementsAre("m3"));
  EXPECT_THAT(said.status_ltimes,
              testing::UnorderedElementsAre(testing::Pair("m1", 0U), testing::Pair("m2", 7U),
                                            testing::Pair("m3", 9U)));
  ASSERT_THAT(said.events, SizeIs(1));
  EXPECT_EQ(said.events[0], (wire::event_slot{1, {{"deploy", "v1"}}}));
}

TEST(serf_push_pull, takes_times_before_the_others_clocks_and_who_left_one_later) {
  one_core core;
  core.join(2, 4);
  wire::push_pull_state theirs;
  theirs.ltime = 50;
  theirs.event_ltime = 40;
  theirs.query_ltime = 30;
  theirs.status_ltimes = {{"m2", 20}, {"m3", 21}, {"new", 22}};
  theirs.left_members = {"m3"};
  core->on_push_pull_state(wire::encode(theirs), {}, core.now());
  const auto stats = core->stats();
  EXPECT_EQ(stats.member_time, lamport_time{50});
  EXPECT_EQ(stats.event_time, lamport_time{40});
  EXPECT_EQ(stats.query_time, lamport_time{30});
  EXPECT_EQ(core.status("m3"), member_status::leaving);
  const std::string bytes = core->push_pull_state();
  const auto said = decoded_state(bytes);
  EXPECT_THAT(said.status_ltimes, testing::Contains(testing::Pair("m3", 21U)))
      << "a time before its leave";
  EXPECT_THAT(said.status_ltimes, testing::Contains(testing::Pair("m2", 20U)));
  EXPECT_THAT(core.told(), IsEmpty()) << "what a merge says is not gossiped on";
}

TEST(serf_push_pull, brings_events_missed_unless_a_join_wants_none) {
  wire::push_pull_state theirs;
  theirs.event_ltime = 9;
  theirs.events = {{7, {{"a", "1"}, {"a", "2"}}}, {8, {{"b", ""}}}};
  one_core core;
  core->on_push_pull_state(wire::encode(theirs), {true, false}, core.now());
  core->on_push_pull_state(wire::encode(theirs), {}, core.now());
  EXPECT_THAT(core.out().user_events, SizeIs(3));
  one_core fresh;
  fresh->on_push_pull_state(wire::encode(theirs), {true, true}, fresh.now());
  EXPECT_THAT(fresh.out().user_events, IsEmpty());
  fresh.hear(wire::user_event{9, "c", "", false});
  EXPECT_THAT(fresh.out().user_events, SizeIs(1));
}

TEST(serf_push_pull, what_does_not_decode_changes_nothing) {
  one_core core;
  const std::string good = core->push_pull_state();
  for (std::size_t cut = 0; cut < good.size(); ++cut)
    core->on_push_pull_state(std::string_view{good}.substr(0, cut), {true, true}, core.now());
  EXPECT_EQ(core->counters().undecodable, good.size());
  EXPECT_EQ(core->stats().member_time, lamport_time{1});
}

TEST(serf_core, tells_the_pool_of_its_join) {
  one_core core;
  core.join(2, 2);
  core.hear(wire::join_intent{6, "m2"});
  (void)core.told();
  core->on_join_succeeded(core.now());
  EXPECT_THAT(core.told(), testing::Contains(wire::encode(wire::join_intent{7, "m1"})));
}

TEST(serf_core, random_bytes_do_no_harm) {
  std::mt19937_64 random{5};
  one_core core;
  core.join(2, 3);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 80, '\0');
    for (char& byte : bytes)
      byte = static_cast<char>(random());
    if (!bytes.empty())
      bytes[0] = static_cast<char>(random() % 11);
    core->on_user_message(bytes, core.now());
    core->on_push_pull_state(bytes, {true, true}, core.now());
    core->on_ack("m2", bytes, 1ms);
  }
  EXPECT_THAT(core->members(), SizeIs(3));
}

// -- the snapshot ---------------------------------------------------------------------

TEST(serf_snapshot, is_written_as_members_and_clocks_change) {
  serf_settings settings;
  settings.keeps_snapshot = true;
  one_core core{settings};
  core.join(2, 2);
  core->on_member_gone("m2", core.now());
  ASSERT_TRUE(core->fire_event("a", "", false, core.now()));
  EXPECT_EQ(core.out().snapshot_append,
            "event-clock: 1\nalive: m2 127.0.0.2:7946\nnot-alive: m2\n");
  core.hear(wire::join_intent{8, "m2"});
  EXPECT_EQ(core.out().snapshot_append, "clock: 8\n");
  ASSERT_TRUE(core->leave(core.now()));
  EXPECT_EQ(core.out().snapshot_append, "leave\n");
}

TEST(serf_snapshot, brings_back_clocks_and_whom_to_try) {
  const auto recovered = parse_snapshot(
      "alive: m1 127.0.0.1:7946\nalive: m2 127.0.0.2:7946\nclock: 8\nevent-clock: 5\n"
      "query-clock: 3\n",
      false);
  one_core core{{}, nullptr, recovered};
  ASSERT_THAT(core->rejoin_targets(), SizeIs(1));
  EXPECT_EQ(core->rejoin_targets()[0].where, where_of(2));
  EXPECT_EQ(core->stats().member_time, lamport_time{9});
  core.hear(wire::user_event{5, "seen", "", false});
  EXPECT_THAT(core.out().user_events, IsEmpty());
  core.hear(wire::user_event{6, "new", "", false});
  EXPECT_THAT(core.out().user_events, SizeIs(1));
  EXPECT_EQ(*core->fire_event("own", "", false, core.now()), lamport_time{7});
}

// -- coordinates ----------------------------------------------------------------------

TEST(serf_coordinates, an_ack_moves_this_member_and_places_the_other) {
  serf_settings settings;
  settings.keeps_coordinates = true;
  one_core core{settings};
  one_core other;
  core.join(2, 2);
  core->on_ack("m2", other->ack_payload(), 20ms);
  EXPECT_NE(core->own_coordinate(), coordinate{});
  EXPECT_EQ(core->coordinates().size(), 2U);
  EXPECT_EQ(core->coordinates().at("m2"), coordinate{});
  EXPECT_NE(core->ack_payload(), other->ack_payload());
  core->on_ack("stranger", other->ack_payload(), 20ms);
  EXPECT_EQ(core->coordinates().size(), 2U);
  core->on_ack("m2", "\x02rubbish", 20ms);
  core->on_ack("m2", other->ack_payload(), 11s);
  EXPECT_EQ(core->counters().coordinates_refused, 2U);
}

TEST(serf_coordinates, of_others_are_kept_only_if_they_are_wanted) {
  one_core core;
  one_core other;
  core.join(2, 2);
  core->on_ack("m2", other->ack_payload(), 20ms);
  EXPECT_NE(core->own_coordinate(), coordinate{});
  EXPECT_EQ(core->coordinates().size(), 1U);
}

TEST(serf_coordinates, are_not_sent_if_they_are_off) {
  serf_settings settings;
  settings.coordinates = false;
  one_core core{settings};
  EXPECT_EQ(core->ack_payload(), "");
}

}  // namespace
}  // namespace troupe::actors::gossip::serf
