// Which parts of the state a batch touched: what wakes blocking queries. A topic is a text; whoever
// waits names the topics its answer depends on.
//
// A batch touches a topic only if a row behind it changed: an equal write touches nothing. Two
// bounds keep a batch's set small, and both err towards waking too many: a DELETE_TREE of more than
// limits kv_topics_per_tree_max keys names its prefix in `subtrees` in place of its keys, and a set
// of more than change_set_topics_max topics becomes `everything`.
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/key.hpp"

namespace troupe::storage {

inline constexpr std::size_t kv_topics_per_tree_max = 1000;
inline constexpr std::size_t change_set_topics_max = 65'536;

namespace topics {

inline const std::string nodes = "nodes";        // any node row
inline const std::string services = "services";  // any service row
inline const std::string checks = "checks";      // any check row
inline const std::string ca_roots = "ca_roots";
inline const std::string autopilot = "autopilot";
inline const std::string prepared_queries = "prepared_queries";  // any of them
// A key of the store. A watcher of a prefix waits for every topic that starts with kv(prefix).
inline std::string kv(std::string_view key) {
  return "kv/" + std::string(key);
}
// Names below are folded: Consul looks them up without regard to case.
// Instances of one service, their nodes, and the checks that count for them.
inline std::string service(std::string_view name) {
  return "service/" + folded(name);
}
// One node with its services and checks.
inline std::string node(std::string_view name) {
  return "node/" + folded(name);
}
// Proxies for, and native instances of, a service.
inline std::string connect(std::string_view service) {
  return "connect/" + folded(service);
}
inline const std::string coordinates = "coordinates";  // any node's
inline std::string coordinate(std::string_view node) {
  return "coordinate/" + folded(node);
}
inline const std::string sessions = "sessions";  // any session
inline constexpr std::string_view session_prefix = "session/";
inline std::string session(std::string_view id) {
  return std::string(session_prefix) + std::string(id);
}
inline std::string sessions_of_node(std::string_view name) {
  return "node_sessions/" + folded(name);
}
// Every topic of the store starts with it, and no other does.
inline constexpr std::string_view kv_prefix = "kv/";

}  // namespace topics

// A key whose lock's holder came to its end: nobody is to lock it for a while (behaviour as in
// Consul 1.22.7). Time is no part of the state, so whoever lets locks pass keeps count of it.
struct lock_delay {
  std::string key;
  std::chrono::nanoseconds delay{0};

  bool operator==(const lock_delay&) const = default;
};

struct change_set {
  std::set<std::string> topics;
  // Every topic that starts with one of these was touched. A watcher of topic T is woken if T
  // starts with a subtree; a watcher of all topics under P also if a subtree starts with P.
  std::set<std::string> subtrees;
  bool everything = false;  // the whole state was replaced, or too much to name
  std::vector<lock_delay> lock_delays;

  void touch(std::string topic) {
    if (everything)
      return;
    topics.insert(std::move(topic));
    if (topics.size() > change_set_topics_max)
      touch_everything();
  }
  void touch_subtree(std::string prefix) {
    if (!everything)
      subtrees.insert(std::move(prefix));
  }
  void touch_everything() {
    everything = true;
    topics.clear();
    subtrees.clear();
  }
  // Adds what another one touched.
  void absorb(change_set other) {
    if (other.everything)
      touch_everything();
    for (const auto& topic : other.topics)
      touch(topic);
    for (const auto& subtree : other.subtrees)
      touch_subtree(subtree);
    for (auto& each : other.lock_delays)
      lock_delays.push_back(std::move(each));
  }
  bool empty() const { return topics.empty() && subtrees.empty() && !everything; }

  // Whether a watcher of one topic is to be woken.
  bool touches(std::string_view topic) const {
    if (everything || topics.contains(std::string(topic)))
      return true;
    for (const auto& subtree : subtrees) {
      if (topic.starts_with(subtree))
        return true;
    }
    return false;
  }
  // Whether a watcher of all topics that start with `prefix` is to be woken.
  bool touches_under(std::string_view prefix) const {
    if (everything)
      return true;
    const auto next = topics.lower_bound(std::string(prefix));
    if (next != topics.end() && next->starts_with(prefix))
      return true;
    for (const auto& subtree : subtrees) {
      if (subtree.starts_with(prefix) || prefix.starts_with(subtree))
        return true;
    }
    return false;
  }
};

}  // namespace troupe::storage
