// User events and queries: each once, their sizes and ages, answers, relays, keys, a contested
// name.
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/gossip/serf/key_operations.hpp"
#include "messages/limits.hpp"
#include "tests/actors/gossip/serf/serf_fixture.hpp"

namespace troupe::actors::gossip::serf {
namespace {

namespace limits = messages::limits;
using messages::errc;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string key_of(char fill) {
  return std::string(16, fill);
}

std::optional<wire::query_response> response_in(const direct_message& message) {
  return wire::decode_query_response(std::string_view{message.payload}.substr(1));
}

wire::query query_of(std::uint64_t ltime, std::uint32_t id, std::string_view name = "ask") {
  wire::query query;
  query.ltime = ltime;
  query.id = id;
  query.source = where_of(2);
  query.source_node = "m2";
  query.timeout_ns = nanoseconds{3s}.count();
  query.name = name;
  return query;
}

// -- user events -----------------------------------------------------------------

TEST(serf_events, each_is_delivered_and_told_on_once) {
  one_core core;
  core.hear(wire::user_event{5, "deploy", "v1", true});
  core.hear(wire::user_event{5, "deploy", "v1", true});
  core.hear(wire::user_event{5, "deploy", "v2", false});
  const auto events = core.out().user_events;
  EXPECT_THAT(events, ElementsAre(user_event{"deploy", "v1", {5}, true},
                                  user_event{"deploy", "v2", {5}, false}));
  EXPECT_EQ(core->stats().event_queue, 2U);
  EXPECT_EQ(core->stats().event_time, lamport_time{6});
}

TEST(serf_events, one_behind_the_buffer_is_dropped) {
  one_core core;
  core.hear(wire::user_event{1000, "new", "", false});
  core.hear(wire::user_event{1001 - 512, "just", "", false});
  core.hear(wire::user_event{1000 - 512, "old", "", false});
  EXPECT_THAT(core.out().user_events, SizeIs(2));
  EXPECT_EQ(core->counters().old_events, 1U);
}

TEST(serf_events, the_sender_hears_its_own) {
  one_core core;
  EXPECT_EQ(*core->fire_event("deploy", "v1", true, core.now()), lamport_time{1});
  EXPECT_THAT(core.out().user_events, ElementsAre(user_event{"deploy", "v1", {1}, true}));
  EXPECT_THAT(core.told(), ElementsAre(wire::encode(wire::user_event{1, "deploy", "v1", true})));
}

TEST(serf_events, one_too_large_is_refused_before_and_after_encoding) {
  one_core core;
  const auto before = core->fire_event("e", std::string(512, 'x'), false, core.now());
  ASSERT_FALSE(before);
  EXPECT_EQ(before.error().detail,
            "user event exceeds configured limit of 512 bytes before encoding");
  const auto after = core->fire_event("e", std::string(500, 'x'), false, core.now());
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().detail,
            "user event exceeds configured limit of 512 bytes after encoding");
  EXPECT_EQ(after.error().code, errc::too_large);
  EXPECT_TRUE(core->fire_event("e", std::string(450, 'x'), false, core.now()));
}

TEST(serf_events, a_flood_is_bounded) {
  one_core core;
  for (int i = 0; i < 10'000; ++i)
    core.hear(wire::user_event{5, "e", std::to_string(i), false});
  EXPECT_THAT(core.out().user_events, SizeIs(limits::events_per_slot_max));
  one_core other;
  for (std::uint64_t i = 1; i < 10'000; ++i)
    other.hear(wire::user_event{i, "e", "", false});
  EXPECT_LE(other->stats().event_queue, limits::gossip_queue_depth_min);
  EXPECT_GT(other->counters().dropped_broadcasts, 0U);
}

TEST(serf_events, a_clock_at_its_end_does_not_turn_back) {
  one_core core;
  core.hear(wire::user_event{~std::uint64_t{0}, "last", "", false});
  EXPECT_EQ(core->stats().event_time.value, ~std::uint64_t{0});
  EXPECT_TRUE(core->fire_event("own", "", false, core.now()));
}

TEST(serf_broadcasts, intents_go_before_queries_before_events) {
  one_core core;
  core.join(2, 2);
  core.hear(wire::user_event{1, "e", "", false});
  core.hear(query_of(1, 1));
  core.hear(wire::join_intent{5, "m2"});
  const auto told = core.told();
  ASSERT_THAT(told, SizeIs(3));
  EXPECT_EQ(told[0][0], 1);
  EXPECT_EQ(told[1][0], 4);
  EXPECT_EQ(told[2][0], 3);
  EXPECT_THAT(core->take_broadcasts(told[0].size() + 3, 3, core.now()), ElementsAre(told[0]));
  EXPECT_THAT(core->take_broadcasts(2, 3, core.now()), IsEmpty());
}

// -- being asked --------------------------------------------------------------------

TEST(serf_queries, a_question_is_acked_told_on_and_answered_once) {
  one_core core;
  wire::query query = query_of(7, 42);
  query.flags = wire::query_flag_ack;
  query.payload = "what";
  core.hear(query);
  core.hear(query);
  auto output = core.out();
  ASSERT_THAT(output.questions, SizeIs(1));
  EXPECT_EQ(output.questions[0].payload, "what");
  EXPECT_EQ(output.questions[0].source_node, "m2");
  ASSERT_THAT(output.direct, SizeIs(1));
  EXPECT_EQ(output.direct[0].to, where_of(2));
  EXPECT_EQ(output.direct[0].payload,
            wire::encode(wire::query_response{7, 42, "m1", wire::response_flag_ack, {}}));
  EXPECT_THAT(core.told(), ElementsAre(wire::encode(query)));
  const question_ticket ticket = output.questions[0].ticket;
  const auto large = core->answer(ticket, std::string(1024, 'x'), core.now());
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().detail, "response exceeds limit of 1024 bytes");
  EXPECT_TRUE(core->answer(ticket, "this", core.now()));
  EXPECT_EQ(core->answer(ticket, "this", core.now()).error().code, errc::not_found);
  output = core.out();
  ASSERT_THAT(output.direct, SizeIs(1));
  EXPECT_EQ(output.direct[0].payload, wire::encode(wire::query_response{7, 42, "m1", 0, "this"}));
}

TEST(serf_queries, an_answer_after_its_time_is_refused) {
  one_core core;
  core.hear(query_of(7, 42));
  const question_ticket ticket = core.out().questions.at(0).ticket;
  EXPECT_EQ(core->answer(ticket, "", core.now() + 3s).error().code, errc::timed_out);
  core.hear(query_of(8, 42));
  const question_ticket other = core.out().questions.at(0).ticket;
  core.pass(3s);
  EXPECT_EQ(core->answer(other, "", core.now()).error().code, errc::not_found);
}

TEST(serf_queries, one_that_is_not_to_be_told_on_is_not) {
  one_core core;
  wire::query query = query_of(7, 42);
  query.flags = wire::query_flag_no_broadcast;
  core.hear(query);
  EXPECT_THAT(core.out().questions, SizeIs(1));
  EXPECT_THAT(core.told(), IsEmpty());
}

TEST(serf_queries, filters_must_all_hold_and_a_filtered_one_is_told_on) {
  serf_settings settings;
  settings.tags = {{"role", "teacher"}};
  const std::string nodes = wire::encode(wire::node_filter{{"x", "m1"}});
  const std::string others = wire::encode(wire::node_filter{{"m2"}});
  const std::string role = wire::encode(wire::tag_filter{"role", "e.c"});
  const std::string wrong_role = wire::encode(wire::tag_filter{"role", "^each"});
  const std::string no_tag = wire::encode(wire::tag_filter{"absent", "^$"});
  const std::string broken = wire::encode(wire::tag_filter{"role", "("});
  const std::string unknown = "\x07whatever";
  const std::vector<std::pair<std::vector<std::string_view>, bool>> cases = {
      {{}, true},
      {{nodes}, true},
      {{others}, false},
      {{role}, true},
      {{wrong_role}, false},
      {{nodes, role, no_tag}, true},
      {{nodes, others}, false},
      {{broken}, false},
      {{unknown}, false},
      {{nodes, ""}, false},
  };
  one_core core{settings};
  std::uint64_t ltime = 1;
  for (const auto& [filters, is_asked] : cases) {
    wire::query query = query_of(ltime, 1);
    query.filters = filters;
    core.hear(query);
    EXPECT_THAT(core.out().questions, SizeIs(is_asked ? 1 : 0)) << "case " << ltime;
    EXPECT_EQ(core->stats().query_queue, ltime);
    ++ltime;
  }
}

TEST(serf_queries, an_answer_is_relayed_by_others_that_can) {
  one_core core;
  core.join(2, 6);
  swim_member old = *member_number(7);
  old.protocol.max = 4;
  core->on_member_joined(std::make_shared<const swim_member>(old), core.now());
  core->on_member_gone("m6", core.now());
  wire::query query = query_of(7, 42);
  query.relay_factor = 5;
  query.flags = wire::query_flag_ack;
  core.hear(query);
  const auto direct = core.out().direct;
  ASSERT_THAT(direct, SizeIs(1 + 4)) << "m2 to m5; m6 failed, m7 is too old";
  for (std::size_t i = 1; i < direct.size(); ++i) {
    const auto relay = wire::decode_relay(std::string_view{direct[i].payload}.substr(1));
    ASSERT_TRUE(relay);
    EXPECT_EQ(relay->to, where_of(2));
    EXPECT_EQ(relay->name, "m2");
    EXPECT_EQ(relay->message, direct[0].payload);
  }
}

TEST(serf_queries, too_few_members_relay_nothing) {
  one_core core;
  core.join(2, 2);
  wire::query query = query_of(7, 42);
  query.relay_factor = 2;
  query.flags = wire::query_flag_ack;
  core.hear(query);
  EXPECT_THAT(core.out().direct, SizeIs(1));
}

TEST(serf_queries, hands_a_relayed_answer_on_and_nothing_else) {
  one_core core;
  const std::string answer = wire::encode(wire::query_response{7, 42, "m3", 0, "x"});
  core.hear(wire::relay{where_of(2), "m2", answer});
  const auto direct = core.out().direct;
  ASSERT_THAT(direct, SizeIs(1));
  EXPECT_EQ(direct[0].to, where_of(2));
  EXPECT_EQ(direct[0].payload, answer);
  core.hear(wire::relay{where_of(2), "m2", wire::encode(wire::leave_intent{9, "m2"})});
  core.hear(wire::relay{where_of(2), "m2", wire::encode(wire::relay{where_of(3), "m3", answer})});
  EXPECT_THAT(core.out().direct, IsEmpty());
  EXPECT_EQ(core->counters().relays_refused, 2U);
}

// -- asking --------------------------------------------------------------------------

TEST(serf_queries, acks_and_answers_count_once_a_member_until_the_end) {
  one_core core;
  core.join(2, 3);
  query_request request;
  request.name = "ask";
  request.want_acks = true;
  const auto ticket = core->ask(request, core.now());
  ASSERT_TRUE(ticket);
  auto output = core.out();
  ASSERT_THAT(output.acks, SizeIs(1)) << "who asks is asked too";
  EXPECT_EQ(output.acks[0].from, "m1");
  EXPECT_THAT(output.direct, IsEmpty());
  ASSERT_TRUE(core->answer(output.questions.at(0).ticket, "own", core.now()));
  const auto told = core.told();
  const auto query = wire::decode_query(std::string_view{told.at(0)}.substr(1));
  ASSERT_TRUE(query);
  EXPECT_EQ(query->timeout_ns, nanoseconds{3200ms}.count());
  EXPECT_EQ(query->source, where_of(1));
  for (int i = 0; i < 2; ++i) {
    core.hear(wire::query_response{query->ltime, query->id, "m2", wire::response_flag_ack, {}});
    core.hear(wire::query_response{query->ltime, query->id, "m2", 0, "hers"});
    core.hear(wire::query_response{query->ltime, query->id + 1, "m3", 0, "of another query"});
  }
  output = core.out();
  ASSERT_THAT(output.acks, SizeIs(1));
  EXPECT_EQ(output.acks[0].from, "m2");
  ASSERT_THAT(output.responses, SizeIs(2));
  EXPECT_EQ(output.responses[1].payload, "hers");
  core.pass(3200ms - 1ns);
  EXPECT_THAT(core.out().finished_queries, IsEmpty());
  EXPECT_EQ(core->next_deadline(), core.now() + 1ns);
  core.pass(1ns);
  EXPECT_THAT(core.out().finished_queries, ElementsAre(*ticket));
  core.hear(wire::query_response{query->ltime, query->id, "m3", 0, "late"});
  EXPECT_THAT(core.out().responses, IsEmpty());
}

TEST(serf_queries, what_cannot_be_asked_is_refused) {
  one_core core;
  query_request request;
  request.name = std::string(1024, 'x');
  EXPECT_EQ(core->ask(request, core.now()).error().detail, "query exceeds limit of 1024 bytes");
  request.name = "ask";
  request.relay_factor = 6;
  EXPECT_EQ(core->ask(request, core.now()).error().code, errc::bad_request);
  request.relay_factor = 0;
  request.filter.tag_regexps = {{"role", "("}};
  EXPECT_EQ(core->ask(request, core.now()).error().code, errc::bad_request);
  request.filter = {};
  request.timeout = 1h;
  for (std::size_t i = 0; i < limits::own_queries_max; ++i)
    ASSERT_TRUE(core->ask(request, core.now()));
  EXPECT_EQ(core->ask(request, core.now()).error().code, errc::too_many_requests);
}

TEST(serf_queries, forged_answers_are_bounded) {
  one_core core;
  query_request request;
  request.name = "ask";
  ASSERT_TRUE(core->ask(request, core.now()));
  const auto told = core.told();
  const auto query = wire::decode_query(std::string_view{told.at(0)}.substr(1));
  for (int i = 0; i < 10'000; ++i)
    core.hear(wire::query_response{query->ltime, query->id, std::to_string(i), 0, {}});
  EXPECT_LE(core.out().responses.size(), 2U + 64U);
}

TEST(serf_queries, internal_ones_never_reach_the_application) {
  one_core core;
  for (const char* name : {"_serf_ping", "_serf_conflict", "_serf_list-keys", "_serf_later"})
    core.hear(query_of(7, static_cast<std::uint32_t>(name[6]), name));
  EXPECT_THAT(core.out().questions, IsEmpty());
}

// -- the keyring ----------------------------------------------------------------------

wire::key_response key_answer_in(const serf_output& output, std::string& storage) {
  storage = std::string{response_in(output.direct.at(0))->payload};
  return *wire::decode_key_response(std::string_view{storage}.substr(1));
}

TEST(serf_keys, a_key_is_installed_once_its_file_is_written) {
  auto ring = *keyring::make({key_of('a')});
  serf_settings settings;
  settings.keeps_key_file = true;
  one_core core{settings, &ring};
  const std::string request = encode_key_request(key_of('b'));
  wire::query query = query_of(1, 1, "_serf_install-key");
  query.payload = request;
  core.hear(query);
  auto output = core.out();
  EXPECT_THAT(output.direct, IsEmpty());
  ASSERT_THAT(output.key_files, SizeIs(1));
  EXPECT_EQ(*parse_key_file(output.key_files[0].contents),
            (std::vector<std::string>{key_of('a'), key_of('b')}));
  core->on_key_file_written(output.key_files[0].number, "", core.now());
  std::string storage;
  EXPECT_TRUE(key_answer_in(core.out(), storage).result);
  query.ltime = 2;
  query.name = "_serf_use-key";
  core.hear(query);
  core->on_key_file_written(core.out().key_files.at(0).number, "disk full", core.now());
  const auto failed = key_answer_in(core.out(), storage);
  EXPECT_FALSE(failed.result);
  EXPECT_EQ(failed.message, "disk full");
}

TEST(serf_keys, says_what_it_refuses) {
  auto ring = *keyring::make({key_of('a')});
  one_core core{{}, &ring};
  one_core plain;
  std::string storage;
  std::uint64_t ltime = 0;
  const auto ask = [&](one_core& whom, std::string_view name, const std::string& key) {
    const std::string request = encode_key_request(key);
    wire::query query = query_of(++ltime, 1, name);
    query.payload = request;
    whom.hear(query);
    return key_answer_in(whom.out(), storage);
  };
  EXPECT_FALSE(ask(core, "_serf_use-key", key_of('x')).result);
  EXPECT_FALSE(ask(core, "_serf_remove-key", key_of('a')).result);
  EXPECT_FALSE(ask(core, "_serf_install-key", "short").result);
  EXPECT_TRUE(ask(core, "_serf_install-key", key_of('b')).result);
  EXPECT_TRUE(ask(core, "_serf_use-key", key_of('b')).result);
  EXPECT_TRUE(ask(core, "_serf_remove-key", key_of('a')).result);
  EXPECT_EQ(ring.keys(), std::vector{key_of('b')});
  EXPECT_EQ(ask(plain, "_serf_list-keys", "").message, "Keyring is empty (encryption not enabled)");
  EXPECT_EQ(ask(plain, "_serf_use-key", key_of('a')).message,
            "No keyring to modify (encryption not enabled)");
  wire::query query = query_of(++ltime, 1, "_serf_use-key");
  query.payload = "rubbish";
  core.hear(query);
  EXPECT_FALSE(key_answer_in(core.out(), storage).result);
}

TEST(serf_keys, a_list_too_long_for_a_packet_is_cut_and_says_so) {
  std::vector<std::string> keys;
  for (char c = 'A'; c < 'A' + 50; ++c)
    keys.push_back(std::string(32, c));
  auto ring = *keyring::make(keys);
  one_core core{{}, &ring};
  core.hear(query_of(1, 1, "_serf_list-keys"));
  std::string storage;
  const auto answer = key_answer_in(core.out(), storage);
  EXPECT_TRUE(answer.result);
  EXPECT_GT(answer.keys.size(), 15U);
  EXPECT_EQ(answer.message, fmt::format("truncated key list response, showing first {} of 50 keys",
                                        answer.keys.size()));
}

TEST(serf_queries, one_is_told_again_three_times_while_it_waits) {
  one_core core;
  core.join(2, 2);
  query_request request;
  request.name = "ask";
  request.timeout = 4s;
  ASSERT_TRUE(core->ask(request, core.now()));
  const auto drained = [&core] {
    std::set<std::string> messages;
    for (auto told = core.told(); !told.empty(); told = core.told())
      messages.insert(told.begin(), told.end());
    return messages;
  };
  const auto first = drained();
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(core->next_deadline(), core.now() + 1s);
  core.pass(999ms);
  EXPECT_THAT(drained(), IsEmpty());
  for (int again = 0; again < 3; ++again) {
    core.pass(again == 0 ? 1ms : 1s);
    EXPECT_EQ(drained(), first);
  }
  core.pass(1s);
  EXPECT_THAT(drained(), IsEmpty());
  EXPECT_THAT(core.out().finished_queries, SizeIs(1));
}

TEST(serf_keys, answers_of_all_members_add_up_and_end_the_wait) {
  auto ring = *keyring::make({key_of('a')});
  one_core core{{}, &ring};
  core.join(2, 3);
  const auto ticket = core->ask_keyring({keyring_operation::list, "", 0}, core.now());
  ASSERT_TRUE(ticket);
  EXPECT_THAT(core.out().keyring_replies, IsEmpty());
  const auto told = core.told();
  const auto query = wire::decode_query(std::string_view{told.at(0)}.substr(1));
  EXPECT_EQ(query->name, "_serf_list-keys");
  const std::string text = print_key(key_of('a'));
  const std::string other = print_key(key_of('b'));
  const std::string good = encode_key_answer({true, "", {text, other}, other});
  const std::string bad = encode_key_answer({false, "no keyring", {}, ""});
  core.hear(wire::query_response{query->ltime, query->id, "m2", 0, good});
  core.hear(wire::query_response{query->ltime, query->id, "m3", 0, bad});
  const auto replies = core.out().keyring_replies;
  ASSERT_THAT(replies, SizeIs(1));
  EXPECT_EQ(replies[0].ticket, *ticket);
  EXPECT_EQ(replies[0].nodes, 3);
  EXPECT_EQ(replies[0].responses, 3);
  EXPECT_EQ(replies[0].errors, 1);
  EXPECT_EQ(replies[0].keys, (std::map<std::string, int>{{text, 2}, {other, 1}}));
  EXPECT_EQ(replies[0].primary_keys, (std::map<std::string, int>{{text, 1}, {other, 1}}));
  EXPECT_EQ(replies[0].texts, (std::map<std::string, std::string>{{"m3", "no keyring"}}));
  EXPECT_EQ(replies[0].failure, "1/3 nodes reported failure");
}

TEST(serf_keys, silent_members_are_waited_for_and_then_counted) {
  auto ring = *keyring::make({key_of('a')});
  one_core core{{}, &ring};
  core.join(2, 2);
  ASSERT_TRUE(core->ask_keyring({keyring_operation::install, key_of('b'), 0}, core.now()));
  core.pass(3200ms);
  const auto replies = core.out().keyring_replies;
  ASSERT_THAT(replies, SizeIs(1));
  EXPECT_EQ(replies[0].failure, "1/2 nodes reported success");
  EXPECT_FALSE(core->ask_keyring({keyring_operation::use, "short", 0}, core.now()));
}

TEST(serf_keys, a_key_file_is_read_as_written_and_refused_without_its_words) {
  auto ring = *keyring::make({key_of('b'), key_of('a')});
  EXPECT_EQ(*parse_key_file(print_key_file(ring)), ring.keys());
  EXPECT_EQ(*parse_key_file(" [ ] "), std::vector<std::string>{});
  for (const char* broken : {"", "{}", "[1]", "[\"secret\"]", "[\"secret", "[[]]"}) {
    const auto read = parse_key_file(broken);
    ASSERT_FALSE(read) << broken;
    EXPECT_EQ(read.error().detail.find("secret"), std::string::npos);
  }
}

// -- a contested name -------------------------------------------------------------------

struct contest {
  one_core core;
  wire::query asked;
  std::string storage;

  explicit contest(bool resolves)
      : core([&] {
          serf_settings settings;
          settings.resolve_name_conflicts = resolves;
          return settings;
        }()) {
    core.join(2, 5);
    core->on_name_conflict(*member_number(1), {"m1", where_of(9), "", {}, {}}, core.now());
    const auto told = core.told();
    if (told.empty())
      return;
    storage = told[0];
    asked = *wire::decode_query(std::string_view{storage}.substr(1));
  }
  void vote(const std::string& from, int where) {
    wire::conflict_member said;
    if (where != 0) {
      said.name = "m1";
      said.where = where_of(where);
    }
    const std::string payload = wire::encode(said);
    core.hear(wire::query_response{asked.ltime, asked.id, from, 0, payload});
  }
  bool is_lost() {
    core.pass(5s);
    return core.out().lost_own_name;
  }
};

TEST(serf_name_conflict, by_default_is_only_warned_of) {
  contest at{false};
  EXPECT_EQ(at.asked.name, "");
  EXPECT_THAT(at.core.out().warnings, SizeIs(1));
  EXPECT_FALSE(at.is_lost());
}

TEST(serf_name_conflict, a_majority_keeps_the_name) {
  contest at{true};
  EXPECT_EQ(at.asked.name, "_serf_conflict");
  EXPECT_EQ(at.asked.payload, "m1");
  at.vote("m2", 1);
  at.vote("m3", 1);
  at.vote("m4", 9);
  EXPECT_FALSE(at.is_lost());
}

TEST(serf_name_conflict, half_is_no_majority_and_not_knowing_counts) {
  contest at{true};
  at.vote("m2", 1);
  at.vote("m3", 0);
  EXPECT_TRUE(at.is_lost());
  contest alone{true};
  EXPECT_TRUE(alone.is_lost());
}

TEST(serf_name_conflict, others_are_told_whom_this_member_knows) {
  one_core core;
  core.join(2, 3);
  wire::query query = query_of(1, 1, "_serf_conflict");
  std::string storage;
  const auto answer = [&](std::string_view name) {
    query.payload = name;
    ++query.ltime;
    core.hear(query);
    const auto output = core.out();
    if (output.direct.empty())
      return std::optional<wire::conflict_member>{};
    storage = std::string{response_in(output.direct[0])->payload};
    return wire::decode_conflict_member(std::string_view{storage}.substr(1));
  };
  EXPECT_EQ(answer("m1"), std::nullopt);
  EXPECT_EQ(answer("m3")->where, where_of(3));
  EXPECT_EQ(answer("unknown")->name, "");
}

}  // namespace
}  // namespace troupe::actors::gossip::serf
