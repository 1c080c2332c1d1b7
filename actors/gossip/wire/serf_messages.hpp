// serf's messages as values, and their bytes: what user messages, queries and their answers carry.
// Decoders give out views into the bytes they were given; what does not decode is nothing. Numbers
// stand as they do on the wire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/gossip/endpoint.hpp"
#include "actors/gossip/wire/swim_messages.hpp"

namespace troupe::actors::gossip::wire {

// The first byte of a user message.
enum class serf_type : std::uint8_t {
  leave_intent = 0,
  join_intent = 1,
  push_pull_state = 2,
  user_event = 3,
  query = 4,
  query_response = 5,
  conflict_response = 6,
  key_request = 7,
  key_response = 8,
  relay = 9,
};

struct serf_message {
  std::uint8_t type = 0;       // a serf_type if it is a known one
  std::string_view body = {};  // what follows the type byte
};
// Nothing if there is not even a type.
std::optional<serf_message> split_serf_message(std::string_view message);

struct leave_intent {
  std::uint64_t ltime = 0;
  std::string_view node = {};
  bool prune = false;

  bool operator==(const leave_intent&) const = default;
};

struct join_intent {
  std::uint64_t ltime = 0;
  std::string_view node = {};

  bool operator==(const join_intent&) const = default;
};

struct user_event {
  std::uint64_t ltime = 0;
  std::string_view name = {};
  std::string_view payload = {};
  bool coalesces = false;

  bool operator==(const user_event&) const = default;
};

inline constexpr std::uint32_t query_flag_ack = 1;
inline constexpr std::uint32_t query_flag_no_broadcast = 2;

struct query {
  std::uint64_t ltime = 0;
  std::uint32_t id = 0;
  endpoint source = {};  // where responses go
  std::string_view source_node = {};
  std::vector<std::string_view> filters =
      {};  // each a filter's bytes; at most limits::query_filters_max
  std::uint32_t flags = 0;
  std::uint8_t relay_factor = 0;
  std::int64_t timeout_ns = 0;
  std::string_view name = {};
  std::string_view payload = {};

  bool operator==(const query&) const = default;
};

inline constexpr std::uint32_t response_flag_ack = 1;

struct query_response {
  std::uint64_t ltime = 0;
  std::uint32_t id = 0;
  std::string_view from = {};
  std::uint32_t flags = 0;
  std::string_view payload = {};  // empty is written as nil

  bool operator==(const query_response&) const = default;
};

// A filter by node name or by tag, one of the `filters` of a query.
struct node_filter {
  std::vector<std::string_view> nodes = {};
};
struct tag_filter {
  std::string_view tag = {};
  std::string_view expression = {};
};
enum class filter_type : std::uint8_t { node = 0, tag = 1 };

// What a member knows about a name, asked by `_serf_conflict`. `tags` are key and value.
struct conflict_member {
  std::string_view name = {};
  endpoint where = {};
  std::vector<std::pair<std::string_view, std::string_view>> tags = {};
  int status = 0;
  versions speaks = {};
};

struct key_request {
  std::string_view key = {};  // raw; empty to list
};

struct key_response {
  bool result = false;
  std::string_view message = {};
  std::vector<std::string_view> keys = {};  // base64; at most limits::keyring_keys_max
  std::string_view primary_key = {};        // base64
};

// A message to be handed on.
struct relay {
  endpoint to = {};
  std::string_view name = {};     // of the receiver
  std::string_view message = {};  // with its type byte
};

// All user events of one Lamport time.
struct event_slot {
  struct event {
    std::string_view name = {};
    std::string_view payload = {};

    bool operator==(const event&) const = default;
  };
  std::uint64_t ltime = 0;
  std::vector<event> events = {};

  bool operator==(const event_slot&) const = default;
};

// The user state of a push/pull. Bounded by limits::pool_members_max, gossip_event_slots_max and
// gossip_events_max: more does not decode.
struct push_pull_state {
  std::uint64_t ltime = 0;
  std::uint64_t event_ltime = 0;
  std::uint64_t query_ltime = 0;
  std::vector<std::pair<std::string_view, std::uint64_t>> status_ltimes = {};  // by name, each once
  std::vector<std::string_view> left_members = {};
  std::vector<event_slot> events = {};  // only those that are there

  bool operator==(const push_pull_state&) const = default;
};

std::optional<leave_intent> decode_leave_intent(std::string_view body);
std::optional<join_intent> decode_join_intent(std::string_view body);
std::optional<push_pull_state> decode_push_pull_state(std::string_view body);
std::optional<user_event> decode_user_event(std::string_view body);
std::optional<query> decode_query(std::string_view body);
std::optional<query_response> decode_query_response(std::string_view body);
// A nil body, "not known", is a member without a name.
std::optional<conflict_member> decode_conflict_member(std::string_view body);
std::optional<key_request> decode_key_request(std::string_view body);
std::optional<key_response> decode_key_response(std::string_view body);
std::optional<relay> decode_relay(std::string_view body);
// `filter` without its type byte.
std::optional<node_filter> decode_node_filter(std::string_view body);
std::optional<tag_filter> decode_tag_filter(std::string_view body);

// The message, its type byte first, as serf writes it.
std::string encode(const leave_intent& message);
std::string encode(const join_intent& message);
std::string encode(const push_pull_state& message);
std::string encode(const user_event& message);
std::string encode(const query& message);
std::string encode(const query_response& message);
std::string encode(const conflict_member& message);  // without a name: nil
std::string encode(const key_request& message);
std::string encode(const key_response& message);
std::string encode(const relay& message);
std::string encode(const node_filter& filter);
std::string encode(const tag_filter& filter);

}  // namespace troupe::actors::gossip::wire
