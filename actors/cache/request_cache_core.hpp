// The decisions of the request cache: which answers are kept, who waits for a newer one, when the
// server is asked again, and what is dropped.
//
//   ask() -> an answer at once (hit)  |  waits: take_output() has the answer later  |  no room
//   fetched(), fetch_failed()         <- what became of a fetch_order
//   tick() at next_deadline()
//
// An entry that refreshes itself has one blocking query running as long as it lives; another kind
// is asked again when a request finds it too old. Time comes in, randomness is a generator given at
// the start. It never looks inside a request or an answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "messages/ids.hpp"
#include "messages/limits.hpp"
#include "messages/result.hpp"

namespace google::protobuf {
class Message;
}

namespace troupe::actors::cache {

using time_point = std::chrono::steady_clock::time_point;
using duration = std::chrono::nanoseconds;
using message_ptr = std::shared_ptr<const google::protobuf::Message>;
using entry_id = messages::named<struct cache_entry_tag, std::uint64_t>;
using waiter_id = messages::named<struct cache_waiter_tag, std::uint64_t>;
using fetch_id = messages::named<struct cache_fetch_tag, std::uint64_t>;
// The name by which CancelQuery knows who waits; 0: none.
using query_ticket = messages::named<struct cache_ticket_tag, std::uint64_t>;

struct request_cache_options {
  std::size_t entries_max = messages::limits::cache_entries_max;
  std::size_t bytes_max = messages::limits::cache_bytes_max;
  std::size_t waiters_max = messages::limits::cache_waiters_max;
  duration unused_max = messages::limits::cache_unused_max;
  duration retry_min = messages::limits::cache_refresh_retry_min;
  duration retry_max = messages::limits::cache_refresh_retry_max;
  duration refresh_interval_min = messages::limits::cache_refresh_interval_min;
  duration default_query_time = messages::limits::default_query_time;
  duration max_query_time = messages::limits::max_query_time;
  // What a server may take to answer, beyond the wait it was asked for.
  duration answer_time_max = messages::limits::rpc_hold_timeout + std::chrono::seconds(5);
};

// A request, as far as the cache has to know it.
struct cache_request {
  std::string key;        // equal keys share an entry
  message_ptr asked;      // what is fetched for the key
  bool refreshes = true;  // by blocking queries in the background; else only when asked for

  std::uint64_t min_index = 0;  // the answer must be above it; 0: any will do
  duration wait{};              // with min_index: how long at most; 0: the default
  query_ticket ticket;

  // Only for an entry that does not refresh itself.
  duration max_age{};  // 0: any
  bool must_revalidate = false;
  duration stale_if_error{};
};

struct cached_answer {
  message_ptr answer;
  bool hit = false;  // it was there when it was asked for
  duration age{};    // of a hit: how long the entry has been out of touch with the server
};

// Neither an entry nor a place to wait is free: ask the server instead.
struct no_room {};

using admission = std::variant<cached_answer, waiter_id, no_room>;

struct fetched_answer {
  message_ptr answer;
  std::uint64_t modify_index = 0;
  std::size_t bytes = 0;  // roughly what keeping it costs
};

struct fetch_order {
  fetch_id id;  // also a ticket, unique among this cache's fetches
  message_ptr asked;
  std::uint64_t min_index = 0;  // 0: answer at once
  duration wait{};
};

struct cache_output {
  std::vector<std::pair<waiter_id, cached_answer>> answers;
  std::vector<std::pair<waiter_id, messages::failure>> refusals;
  std::vector<fetch_order> fetches;
  std::vector<fetch_id> cancelled;  // fetches whose answer is of no use any more
};

class request_cache_core {
 public:
  request_cache_core(request_cache_options options, std::minstd_rand random);

  // -- inputs ------------------------------------------------------------------

  admission ask(const cache_request& request, time_point now);
  // A fetch that is not known (any more) is nothing.
  void fetched(fetch_id id, fetched_answer found, time_point now);
  void fetch_failed(fetch_id id, const messages::failure& why, time_point now);
  // Who waited with this ticket, and does no more.
  std::optional<waiter_id> cancel(query_ticket ticket);
  void tick(time_point now);

  // -- outputs -----------------------------------------------------------------

  cache_output take_output() { return std::exchange(output_, {}); }
  std::optional<time_point> next_deadline() const;

  std::size_t entries() const { return entries_.size(); }
  std::size_t bytes() const { return bytes_; }
  std::size_t waiting() const { return waiters_.size(); }

 private:
  struct fetch {
    fetch_id id;
    time_point started_at;
    time_point deadline;
    std::uint64_t min_index = 0;
  };
  struct entry {
    entry_id id;
    std::string key;
    message_ptr asked;
    bool refreshes = true;
    message_ptr answer;  // none: the first fetch is under way
    std::uint64_t modify_index = 0;
    std::size_t bytes = 0;  // of key and answer
    time_point fetched_at;  // with an answer
    time_point last_used;
    std::optional<time_point> contact_lost_at;
    int failures = 0;  // since the last success
    std::optional<fetch> in_flight;
    std::optional<time_point> refresh_at;  // nothing in flight: the next try
    std::optional<time_point> due;         // where it stands in due_
    std::set<waiter_id> waiters;
  };
  struct waiter {
    entry_id of;
    std::uint64_t min_index = 0;
    time_point deadline;
    query_ticket ticket;
    duration older_max{};  // how old the answer may be if fetching fails
  };

  entry* find_or_make(const cache_request& request, time_point now);
  bool make_room();
  bool is_good(const entry& kept, const cache_request& request, time_point now) const;
  duration age_of(const entry& kept, time_point now) const;
  duration wait_of(const cache_request& request);
  duration retry_after(int failures);

  void use(entry& kept, time_point now);
  void start_fetch(entry& kept, time_point now);
  void set_due(entry& kept);
  entry* end_fetch(fetch_id id);
  void serve_waiters(entry& kept);
  void refuse_waiters(entry& kept, const messages::failure& why, time_point now);
  void refresh_next(entry& kept, const fetch& last, time_point now);
  void remove_waiter(waiter_id id);
  void drop(entry& kept);
  void shrink();

  void end_overdue(time_point now);
  void end_waits(time_point now);
  void drop_unused(time_point now);

  request_cache_options options_;
  std::minstd_rand random_;
  cache_output output_;
  std::uint64_t last_id_ = 0;  // of entries, waiters and fetches alike
  std::size_t bytes_ = 0;
  std::map<entry_id, entry> entries_;
  std::unordered_map<std::string_view, entry_id> by_key_;  // views of the entries' keys
  std::map<fetch_id, entry_id> fetches_;
  std::set<std::pair<time_point, entry_id>> by_use_;  // least recently used first
  std::set<std::pair<time_point, entry_id>> due_;     // a fetch overdue or to be started
  std::map<waiter_id, waiter> waiters_;
  std::map<query_ticket, waiter_id> tickets_;
  std::set<std::pair<time_point, waiter_id>> waits_;
};

}  // namespace troupe::actors::cache
