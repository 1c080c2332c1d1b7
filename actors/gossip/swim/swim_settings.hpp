// Settings of the failure detector. The presets are memberlist's of today and, for measurements,
// those of the Lifeguard paper; every value is open.
#pragma once

#include <chrono>
#include <cstddef>

#include "actors/gossip/swim/swim_types.hpp"
#include "messages/result.hpp"

namespace troupe::actors::gossip::swim {

// Lifeguard (Dadgar, Phillips, Currey, arXiv 1707.00788): each part by itself.
struct lifeguard_settings {
  // LHA-Probe (IV-A): a score of one's own health, 0 to health_score_max, stretches the probe round
  // to (score + 1) intervals. Off: the score stays 0 and no nacks are asked for.
  bool local_health_probe = true;
  int health_score_max = 7;  // memberlist: AwarenessMaxMultiplier - 1; the paper's S: 8
  // The paper stretches the wait for the direct ack too; memberlist only the round.
  bool stretches_probe_timeout = false;
  // A failed probe costs 1 and 1 for each nack missed (paper), or 1 for each nack missed and, only
  // if none was expected, 1 (memberlist).
  bool failed_probe_always_counts = false;
  // When a helper gives up, as a part of its probe timeout; over 0, at most 1. The paper: 0.8.
  double nack_after = 1.0;

  // LHA-Suspicion (IV-B): a suspicion lasts its maximum and each independent confirmation shortens
  // it, down to the minimum at confirmations_wanted. Off: it lasts the minimum.
  bool local_health_suspicion = true;
  // The paper's K; -1: suspicion_multiplier - 2 (memberlist). 0 if fewer others could confirm.
  int confirmations_wanted = -1;

  // Buddy System (IV-C): a ping to a suspected member carries the suspicion first, so that it
  // refutes at once.
  bool buddy_system = true;

  // Ours, beyond the paper, nothing of it on the wire (own_ear.hpp): a member accuses nobody and
  // declares nobody dead before it has heard what waited in its own socket.
  bool listens_first = true;

  // Ours: beside the helpers, the target itself is pinged once more. One lost datagram in ten then
  // makes a fifth of the false accusations.
  bool pings_again = true;

  // Ours: who accuses tells the accused at once, and who refutes tells its accuser at once, so that
  // most false accusations are settled before gossip has told of them.
  bool settles_directly = true;
};

// Ours (flap_damping.hpp): who flaps is held out, for what is counted here.
struct flap_damping_settings {
  bool counts_refutations = true;
  bool counts_returns = true;
};

struct swim_settings {
  // -- probes ----------------------------------------------------------------
  nanoseconds probe_interval = std::chrono::seconds{1};
  nanoseconds probe_timeout = std::chrono::milliseconds{500};  // below probe_interval
  int indirect_checks = 3;
  bool stream_pings = true;  // the fallback over TCP

  // -- suspicion ---------------------------------------------------------------
  double suspicion_multiplier = 4;      // the paper's alpha
  double suspicion_max_multiplier = 6;  // the paper's beta
  lifeguard_settings lifeguard;

  // -- dissemination -----------------------------------------------------------
  int retransmit_multiplier = 4;
  int gossip_nodes = 3;
  nanoseconds gossip_interval = std::chrono::milliseconds{200};
  nanoseconds gossip_to_the_dead_time = std::chrono::seconds{30};
  nanoseconds push_pull_interval = std::chrono::seconds{30};  // 0: none; scaled from 33 members on
  // Ours (growth_pace.hpp): how soon a member whose view has just grown much exchanges views again;
  // 0: not before the usual time, as memberlist.
  nanoseconds growth_interval = std::chrono::milliseconds{100};
  // Ours (join_storm.hpp): how long the answers to members that join wait for each other while many
  // do; 0: not at all.
  nanoseconds join_storm_wait = std::chrono::milliseconds{250};
  std::size_t packet_bytes_max = 1400;

  flap_damping_settings damping;

  // A member dead for longer may come back at another address; 0: never. Consul: 30 s.
  nanoseconds dead_node_reclaim_time{0};

  // memberlist's defaults, and what Consul's -dev changes.
  static swim_settings lan();
  static swim_settings wan();
  static swim_settings local();
  static swim_settings development();
  // The paper's experiments (V): LAN with alpha 5, beta 6, K 3, S 8 and the paper's rules. The
  // parts of Lifeguard are all on; lifeguard.* switches each off.
  static swim_settings paper();
  // The paper's baseline: the same without any part of Lifeguard.
  static swim_settings paper_swim();

  // The paper's K, whatever the size of the pool.
  int confirmations_wanted() const;
};

// errc::bad_request and one line for people if a value is out of its range.
messages::result<void> validate(const swim_settings& settings);

}  // namespace troupe::actors::gossip::swim
