#include "actors/gossip/wire/serf_messages.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "actors/gossip/wire/consul_event.hpp"
#include "actors/gossip/wire/coordinate_payload.hpp"
#include "actors/gossip/wire/tags.hpp"
#include "messages/limits.hpp"
#include "tests/actors/gossip/wire/vectors.hpp"

namespace troupe::actors::gossip::wire {
namespace {

std::string_view body_of(std::string_view message) {
  return message.substr(1);
}

TEST(serf_messages, of_a_name_conflict_are_read_as_written) {
  const conflict_member known{
      "n1", at("fd00::1", 7946), {{"dc", "a"}, {"role", "consul"}}, 1, versions{1, 5, 2, 2, 5, 4}};
  const std::string bytes = encode(known);
  EXPECT_EQ(bytes.front(), '\x06');
  const auto found = decode_conflict_member(body_of(bytes));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, known.name);
  EXPECT_EQ(found->where, known.where);
  EXPECT_EQ(found->tags, known.tags);
  EXPECT_EQ(found->status, 1);
  EXPECT_EQ(found->speaks, known.speaks);
  EXPECT_EQ(encode(conflict_member{}), "\x06\xc0");
  EXPECT_EQ(decode_conflict_member("\xc0")->name, "");
}

TEST(serf_messages, of_keys_are_read_as_written) {
  const key_response said{true, "text", {"a2V5", "a2V6"}, "a2V5"};
  const std::string bytes = encode(said);
  const auto found = decode_key_response(body_of(bytes));
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->result);
  EXPECT_EQ(found->message, "text");
  EXPECT_EQ(found->keys, said.keys);
  EXPECT_EQ(found->primary_key, "a2V5");
  EXPECT_TRUE(decode_key_response(body_of(encode(key_response{})))->keys.empty());
}

TEST(serf_messages, of_a_state_are_read_as_written) {
  push_pull_state state{
      .ltime = 7, .event_ltime = 8, .query_ltime = 1U << 20, .left_members = {"c"}};
  state.status_ltimes = {{"a", 1}, {"b", 300}, {"c", 1ULL << 40}};
  state.events = {{8, {{"deploy", "v1"}, {"deploy", ""}}}, {9, {{"x", "y"}}}};
  const std::string bytes = encode(state);
  EXPECT_EQ(decode_push_pull_state(body_of(bytes)), state);
}

TEST(serf_messages, beyond_their_bounds_do_not_decode) {
  query many;
  many.filters.assign(messages::limits::query_filters_max, "\x01\x80");
  EXPECT_TRUE(decode_query(body_of(encode(many))));
  many.filters.emplace_back("\x01\x80");
  EXPECT_FALSE(decode_query(body_of(encode(many))));

  push_pull_state state;
  state.events.assign(messages::limits::gossip_event_slots_max, event_slot{1, {}});
  EXPECT_TRUE(decode_push_pull_state(body_of(encode(state))));
  state.events.emplace_back();
  EXPECT_FALSE(decode_push_pull_state(body_of(encode(state))));
  state.events.assign(2, event_slot{1, {}});
  state.events[0].events.resize(messages::limits::gossip_events_max);
  EXPECT_TRUE(decode_push_pull_state(body_of(encode(state))));
  state.events[1].events.resize(1);
  EXPECT_FALSE(decode_push_pull_state(body_of(encode(state))));
}

TEST(serf_messages, with_unknown_fields_and_any_order_are_read) {
  // Zzz: [1, {a: nil}], Node: "n" as str8, Prune missing, LTime as a signed number.
  const std::string body = from_hex("83a35a7a7a920181a161c0a44e6f6465d9016ea54c54696d65d10102");
  EXPECT_EQ(decode_leave_intent(body), (leave_intent{258, "n", false}));
  EXPECT_EQ(decode_leave_intent("\xc0"), leave_intent{});
  EXPECT_FALSE(decode_leave_intent(""));
  EXPECT_FALSE(decode_leave_intent(std::string_view{body}.substr(0, body.size() - 1)));
}

TEST(serf_messages, have_a_type_or_are_none) {
  EXPECT_FALSE(split_serf_message(""));
  EXPECT_EQ(split_serf_message("\xfe")->type, 254);
}

TEST(serf_messages, with_bytes_turned_never_do_harm) {
  std::mt19937_64 random{31};
  push_pull_state state{.ltime = 7, .left_members = {"c"}};
  state.status_ltimes = {{"a", 1}, {"b", 300}};
  state.events = {{8, {{"deploy", "v1"}}}};
  const std::string whole = encode(state) + encode(query{.name = "q"});
  for (int round = 0; round < 50'000; ++round) {
    std::string bytes = whole;
    bytes[random() % bytes.size()] = static_cast<char>(random());
    const std::string_view body = std::string_view{bytes}.substr(random() % bytes.size());
    decode_push_pull_state(body);
    decode_query(body);
    decode_query_response(body);
    decode_relay(body);
    decode_conflict_member(body);
    decode_key_response(body);
    decode_node_filter(body);
    decode_tag_filter(body);
    decode_consul_event(body);
    decode_coordinate(body);
    decode_tags(body);
  }
}

TEST(tags, without_their_byte_are_a_role) {
  EXPECT_EQ(*decode_tags("old"), (tag_map{{"role", "old"}}));
  EXPECT_EQ(*decode_tags(""), tag_map{});
  EXPECT_FALSE(decode_tags("\xff\x81\xa1"));
  const tag_map tags{{"", ""}, {std::string(40, 'k'), std::string(300, 'v')}};
  EXPECT_EQ(decode_tags(encode_tags(tags)), tags);
}

TEST(coordinate_payload, of_another_version_or_dimension_or_without_sense_is_ignored) {
  coordinate_payload where;
  where.vec = {1, 2, 3, 4, 5, 6, 7, 8};
  where.height = 1e-5;
  const std::string bytes = encode(where);
  EXPECT_EQ(decode_coordinate(bytes), where);
  EXPECT_FALSE(decode_coordinate("\x02" + bytes.substr(1)));
  EXPECT_FALSE(decode_coordinate(""));
  std::string seven = bytes.substr(0, bytes.size() - 9);
  seven[seven.rfind("Vec") + 3] = '\x97';
  EXPECT_FALSE(decode_coordinate(seven));
  where.error = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(decode_coordinate(encode(where)));
  where.error = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(decode_coordinate(encode(where)));
}

TEST(consul_event, with_all_or_no_filters_is_read_as_written) {
  const std::string payload(300, 'p');
  const consul_event all{"id", "name", "node", "service", "tag", payload, 1};
  EXPECT_EQ(decode_consul_event(encode(all)), all);
  const consul_event bare{.id = "id", .name = "name"};
  EXPECT_EQ(decode_consul_event(encode(bare)), bare);
}

}  // namespace
}  // namespace troupe::actors::gossip::wire
