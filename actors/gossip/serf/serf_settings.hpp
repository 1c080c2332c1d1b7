// Settings of the serf layer of one pool. The presets are serf's; what Consul sets otherwise is
// said at the field.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "actors/gossip/serf/serf_types.hpp"
#include "messages/limits.hpp"
#include "messages/result.hpp"

namespace troupe::actors::gossip::serf {

struct serf_settings {
  std::string node_name;  // not empty
  tag_map tags;           // encoded at most 512 bytes

  nanoseconds broadcast_timeout = std::chrono::seconds{5};
  nanoseconds leave_propagate_delay = std::chrono::seconds{1};  // Consul: 3 s
  nanoseconds reap_interval = std::chrono::seconds{15};
  nanoseconds reconnect_interval = std::chrono::seconds{30};
  nanoseconds reconnect_timeout = std::chrono::hours{24};  // of failed members; Consul: 72 h
  nanoseconds tombstone_timeout = std::chrono::hours{24};  // of left members
  // A member may say its own reconnect_timeout, a Go duration, in this tag. Empty: none may.
  // Consul: rc_tm.
  std::string reconnect_timeout_tag;
  nanoseconds recent_intent_timeout = std::chrono::minutes{5};
  nanoseconds flap_timeout = std::chrono::seconds{60};

  // A broadcast goes out at most retransmit_multiplier * ceil(log10(n + 1)) times: the failure
  // detector's value.
  int retransmit_multiplier = 4;
  // A query's default time is gossip_interval * query_timeout_multiplier * ceil(log10(alive + 1)).
  nanoseconds gossip_interval = std::chrono::milliseconds{200};
  int query_timeout_multiplier = 16;

  std::size_t user_event_bytes_max = messages::limits::user_event_bytes_max;
  std::size_t query_bytes_max = messages::limits::pool_query_bytes_max;
  std::size_t query_response_bytes_max = messages::limits::pool_query_bytes_max;

  // A queue holds at most max(this, 2 * members).
  std::size_t queue_depth_min = messages::limits::gossip_queue_depth_min;

  // On a name conflict about this member's own name: ask the pool, quit without a majority. Consul
  // only logs.
  bool resolve_name_conflicts = false;
  bool coordinates = true;
  bool keeps_coordinates = false;   // the others', for coordinates()
  bool keeps_snapshot = false;      // output carries what to write
  bool rejoin_after_leave = false;  // of the snapshot
  bool keeps_key_file = false;      // changes of the keyring wait for on_key_file_written()
};

// Consul 1.22.7's pools. The caller adds name and tags.
serf_settings consul_lan();
serf_settings consul_wan();

// errc::bad_request if a value is outside its range.
messages::result<void> validate(const serf_settings& settings);

}  // namespace troupe::actors::gossip::serf
