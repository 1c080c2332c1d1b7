// Who waits for what: the blocking queries of one reader, by topic, by ticket and by deadline.
//
// Pure: it reads no clock and sends nothing. It tells which watches a change touched, and stays
// with every one of them until it is removed: whoever is woken without news goes on waiting at no
// further cost. A change costs what it touches (times the logarithm of what waits), not what waits.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "messages/command.pb.h"
#include "messages/ids.hpp"
#include "messages/result.hpp"

namespace troupe::actors::reads {

using time_point = std::chrono::steady_clock::time_point;
using watch_id = messages::named<struct watch_tag, std::uint64_t>;
// The name by which CancelQuery knows a watch; 0: none.
using query_ticket = messages::named<struct ticket_tag, std::uint64_t>;

// What an answer depends on: topics of storage/change_set.hpp.
struct watch_interest {
  std::vector<std::string> topics;
  std::vector<std::string> prefixes;  // every topic that starts so
};

class watch_registry {
 public:
  explicit watch_registry(std::size_t watches_max) : watches_max_(watches_max) {}
  watch_registry(const watch_registry&) = delete;
  watch_registry& operator=(const watch_registry&) = delete;

  // Ids grow. Fails with errc::unavailable if watches_max are waiting.
  messages::result<watch_id> add(const watch_interest& interest, time_point deadline,
                                 query_ticket ticket);
  // False: there is none of that id.
  bool remove(watch_id id);

  std::optional<watch_id> find(query_ticket ticket) const;
  // Every watch that the change touched, once, oldest first.
  std::vector<watch_id> touched_by(const messages::ChangeSet& change) const;
  // Every watch whose deadline is not after `now`, earliest deadline first.
  std::vector<watch_id> due(time_point now) const;
  std::optional<time_point> next_deadline() const;
  std::size_t size() const { return watches_.size(); }

 private:
  struct watch;
  // One of a watch's topics, seen from the topic.
  struct member {
    watch* of;
    std::size_t place;  // in of->memberships
  };
  using topic_map = std::map<std::string, std::vector<member>, std::less<>>;
  // The same, seen from the watch.
  struct membership {
    topic_map* map;
    topic_map::iterator topic;
    std::size_t place;  // in topic->second
  };
  struct watch {
    watch_id id;
    time_point deadline;
    query_ticket ticket;
    std::vector<membership> memberships;
  };

  void join(watch& joining, topic_map& map, const std::string& topic);
  static void leave_all(watch& leaving);
  void collect_topic(std::string_view topic, std::vector<watch_id>& out) const;
  void collect_subtree(std::string_view subtree, std::vector<watch_id>& out) const;
  void collect_prefixes_of(std::string_view topic, std::vector<watch_id>& out) const;

  std::size_t watches_max_;
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, watch> watches_;  // a watch never moves: members point at it
  topic_map topics_;
  topic_map prefixes_;
  std::unordered_map<std::uint64_t, watch_id> tickets_;
  std::set<std::pair<time_point, std::uint64_t>> deadlines_;
};

}  // namespace troupe::actors::reads
