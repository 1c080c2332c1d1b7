// The words of the serf layer: members with their status, events, queries. Values only.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "actors/gossip/endpoint.hpp"
#include "actors/gossip/serf/lamport_clock.hpp"
#include "actors/gossip/swim/swim_types.hpp"
#include "actors/gossip/wire/tags.hpp"
#include "messages/ids.hpp"

namespace troupe::actors::gossip::serf {

using time_point = std::chrono::steady_clock::time_point;
using std::chrono::nanoseconds;
using prng = std::mt19937_64;

using wire::tag_map;

using swim::version_range;

// A member as the failure detector knows it.
struct swim_member {
  std::string name;
  endpoint where;
  std::string meta;  // the tags, encoded
  version_range protocol;
  version_range delegate;

  bool operator==(const swim_member&) const = default;
};
// Never changed once it is; whoever knows the member holds the same one.
using shared_member = std::shared_ptr<const swim_member>;

// The numbers are serf's and Consul's.
enum class member_status : std::uint8_t { none = 0, alive = 1, leaving = 2, left = 3, failed = 4 };
const char* to_text(member_status status);  // "alive", as serf and Consul print it

struct member {
  std::string name;
  endpoint where;
  tag_map tags;
  version_range protocol;
  version_range delegate;
  member_status status = member_status::none;

  bool operator==(const member&) const = default;
};

enum class member_event_kind : std::uint8_t { joined, updated, failed, left, reaped };

// After the change.
struct member_event {
  member_event_kind kind = member_event_kind::joined;
  member_status status = member_status::none;
  shared_member about;
};

// With the tags decoded; those that do not decode are none.
member described(const swim_member& about, member_status status);

struct user_event {
  std::string name;
  std::string payload;
  lamport_time ltime;
  bool coalesce = false;

  bool operator==(const user_event&) const = default;
};

// Names a query this member asked.
using query_ticket = messages::named<struct query_ticket_tag, std::uint64_t>;
// Names a query of anybody that this member may answer.
using question_ticket = messages::named<struct question_ticket_tag, std::uint64_t>;
// Names an operation on the keyring that this member asked of the pool.
using keyring_ticket = messages::named<struct keyring_ticket_tag, std::uint64_t>;
// Names a write of the key file.
using key_write_number = messages::named<struct key_write_number_tag, std::uint64_t>;

// Who is to handle a query. All conditions must hold.
struct query_filter {
  std::vector<std::string> nodes;                  // none: all
  std::map<std::string, std::string> tag_regexps;  // unanchored, against the tag or ""
};

struct query_request {
  std::string name;
  std::string payload;
  query_filter filter;
  bool want_acks = false;
  std::uint8_t relay_factor = 0;  // 0 to 5
  nanoseconds timeout{0};         // 0: by the size of the pool
};

// A query to be answered by the application, once, before `until`.
struct question {
  question_ticket ticket;
  std::string name;
  std::string payload;
  std::string source_node;
  lamport_time ltime;
  time_point until;
};

struct query_ack {
  query_ticket ticket;
  std::string from;
};
struct query_response {
  query_ticket ticket;
  std::string from;
  std::string payload;
};

enum class keyring_operation : std::uint8_t { list, install, use, remove };

struct keyring_request {
  keyring_operation operation = keyring_operation::list;
  std::string key;  // raw bytes; empty to list
  std::uint8_t relay_factor = 0;
};

// What the members of the pool said to an operation on the keyring.
struct keyring_reply {
  keyring_ticket ticket;
  std::map<std::string, std::string> texts;  // by member; why it refused, or a warning
  std::map<std::string, int> keys;           // base64, to how many have it
  std::map<std::string, int> primary_keys;   // base64, to how many encrypt with it
  int nodes = 0;                             // asked
  int responses = 0;
  int errors = 0;
  std::string failure;  // for people; empty if every member answered and none refused
};

// Bytes for the layer above at one member: to be sent as a user message in one packet, now.
struct direct_message {
  endpoint to;
  std::string name;  // of the receiver, empty if not known
  std::string payload;
};

// A member to try a push/pull with join at.
struct join_target {
  std::string name;
  endpoint where;
};

}  // namespace troupe::actors::gossip::serf
