// Which members the pool has, and why the absent ones went: the failure detector says who is gone,
// the intents say who meant to. Pure; tells of changes as member events.
//
//            joined                    leave intent
//   (none) ---------> alive ------------------------> leaving --- gone ---> left
//                     ^  |  ^---- join intent ------------'                  ^  |
//             joined  |  | gone                                              |  | tombstone_timeout
//                     |  v             leave intent (force-leave)            |  v
//                    failed ------------------------------------------------ '  (none)
//                       `----- reconnect_timeout -------------------------> (none)
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "actors/gossip/serf/coordinate_client.hpp"
#include "actors/gossip/serf/member_records.hpp"
#include "actors/gossip/serf/recent_intents.hpp"
#include "actors/gossip/serf/serf_settings.hpp"
#include "actors/gossip/serf/serf_types.hpp"
#include "actors/gossip/wire/serf_messages.hpp"

namespace troupe::actors::gossip::serf {

class member_states {
 public:
  // Small, for there is one a member in each member: the tags stay encoded.
  struct record {
    shared_member facts;
    lamport_time status_time;                      // of the newest intent taken
    time_point since;                              // leaving, or gone: failed, left
    [[no_unique_address]] latency_filter latency;  // the status stands in its last bytes
    member_status status = member_status::alive;

    const std::string& name() const { return facts->name; }
    member described() const { return serf::described(*facts, status); }
  };
  static_assert(sizeof(record) <= 48);

  explicit member_states(const serf_settings& settings) : settings_(settings) {}

  // -- from the failure detector -----------------------------------------

  void on_joined(shared_member who, time_point now);
  void on_updated(shared_member who);
  void on_gone(std::string_view name, time_point now);

  // -- intents -------------------------------------------------------------

  // True if it was news, to be told on. An intent about a live oneself is the caller's to refute.
  bool take(const wire::leave_intent& intent, time_point now);
  bool take(const wire::join_intent& intent, time_point now);

  // -- time ------------------------------------------------------------------

  // Forgets failed and left members, and intents, that are too old.
  void reap(time_point now);
  // Forgets members whose pruning waited for their leave.
  void prune_due(time_point now);
  std::optional<time_point> next_prune() const;

  // Members that said they leave and then did not: no leave takes so long.
  std::vector<const record*> overdue_leavers(time_point now) const;

  // One of the failed members to try again, with probability failed / alive.
  std::optional<join_target> pick_to_reconnect(prng& random) const;

  // -- what it knows ----------------------------------------------------------

  const record* find(std::string_view name) const { return members_.find(name); }
  // Null if there is none of this name.
  latency_filter* latency_of(std::string_view name) {
    auto* known = members_.find(name);
    return known == nullptr ? nullptr : &known->latency;
  }
  const member_records<record>& all() const { return members_; }
  const std::set<std::string, std::less<>>& failed() const { return failed_; }
  const std::set<std::string, std::less<>>& left() const { return left_; }
  // Those the failure detector holds for alive.
  std::size_t alive_count() const { return members_.size() - failed_.size() - left_.size(); }
  std::uint64_t flaps() const { return flaps_; }

  // The events since the last call, in order.
  std::vector<member_event> take_events();

 private:
  void add(shared_member who, time_point now);
  void bring_back(record& known, time_point now);
  void set_left(record& known);
  void prune(const std::string& name, time_point now);
  void erase(const std::string& name);
  void reap_names(const std::set<std::string, std::less<>>& names, time_point now);
  nanoseconds kept_for(const record& gone) const;
  void tell(member_event_kind kind, const record& of);

  const serf_settings& settings_;
  member_records<record> members_;
  std::set<std::string, std::less<>> failed_;  // subsets of members_
  std::set<std::string, std::less<>> left_;
  std::map<std::string, time_point, std::less<>> prunes_;  // when to forget a leaving member
  recent_intents intents_;
  std::uint64_t flaps_ = 0;
  std::vector<member_event> events_;
};

}  // namespace troupe::actors::gossip::serf
