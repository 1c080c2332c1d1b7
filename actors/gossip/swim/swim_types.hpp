// The words of the failure detector: members by number, what they say of themselves, what is said
// of them, and the messages it exchanges. Values only; nothing here knows bytes.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <variant>

#include "actors/gossip/endpoint.hpp"
#include "messages/ids.hpp"

namespace troupe::actors::gossip::swim {

using time_point = std::chrono::steady_clock::time_point;
using std::chrono::nanoseconds;
using prng = std::mt19937_64;

// A name of the member_directory. Small and dense: tables are vectors over it.
using member_number = messages::named<struct member_number_tag, std::uint32_t>;
inline constexpr member_number no_member{std::numeric_limits<std::uint32_t>::max()};

// A member_identity of the member_directory.
using identity_number = messages::named<struct identity_number_tag, std::uint32_t>;
inline constexpr identity_number no_identity{std::numeric_limits<std::uint32_t>::max()};

// How often a member spoke anew of itself; only it raises the number.
using incarnation_number = messages::named<struct incarnation_tag, std::uint32_t>;
// Ties acks and nacks to a ping.
using sequence_number = messages::named<struct sequence_number_tag, std::uint32_t>;

// The range understood and the version spoken, of memberlist (protocol) or of the layer above
// (delegate).
struct version_range {
  std::uint8_t min = 0;
  std::uint8_t max = 0;
  std::uint8_t current = 0;

  auto operator<=>(const version_range&) const = default;
};

// What a member says of itself, its name apart. Never changed once it is in the directory.
struct member_identity {
  endpoint where{};
  std::string meta{};  // of the layer above; at most 512 bytes
  version_range protocol{};
  version_range delegate{};
  bool says_versions = true;  // false: Vsn was missing or shorter than 3; then the ranges are zero

  bool operator==(const member_identity&) const = default;
};

// The order is not the wire's: see wire/.
enum class member_state : std::uint8_t { unknown, alive, suspect, dead, left };

constexpr bool is_gone(member_state state) {
  return state == member_state::dead || state == member_state::left;
}

// -- what is said about members ------------------------------------------------

enum class update_kind : std::uint8_t { alive, suspect, dead };

// One of memberlist's three. dead with from == about is a leave.
struct update {
  update_kind kind = update_kind::alive;
  member_number about = no_member;
  incarnation_number incarnation{};
  member_number from = no_member;          // suspect and dead only: who says so
  identity_number identity = no_identity;  // alive only

  bool operator==(const update&) const = default;
};

// A record of a push/pull.
struct remote_record {
  member_number about = no_member;
  member_state state = member_state::alive;  // never unknown
  incarnation_number incarnation{};
  identity_number identity = no_identity;
};

// -- packets -------------------------------------------------------------------

// Where a packet goes or an answer is wanted. `member` may be no_member: the name is not known, or
// there is none.
struct address {
  member_number member = no_member;
  endpoint where{};
};

struct ping {
  sequence_number sequence{};
  member_number target = no_member;  // received: no_member if the name was empty
  // Received: SourceAddr and SourcePort if both are there, else where the packet came from. Sent:
  // this member.
  address reply_to{};
};

// "Ping `target` for me."
struct indirect_ping {
  sequence_number sequence{};
  address target{};  // the helper reaches it at target.where, whatever it knows of it
  address reply_to{};
  bool nack_wanted = false;
};

struct ack {
  sequence_number sequence{};
  // False: the payload is nil (an ack passed on). True: the shell puts the layer above's payload
  // in.
  bool with_payload = false;
};

struct nack {
  sequence_number sequence{};
};

using primary_message = std::variant<std::monostate, ping, indirect_ping, ack, nack>;

}  // namespace troupe::actors::gossip::swim
