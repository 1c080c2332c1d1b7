// A network of gossip_pools in virtual time: real bytes, no sockets. Equal seeds make equal runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "actors/gossip/gossip_pool.hpp"

namespace troupe::tests {

using namespace std::chrono_literals;
namespace gossip = actors::gossip;

class pool_world {
 public:
  using time_point = gossip::swim::time_point;

  struct node {
    std::string name;
    gossip::endpoint where;
    std::unique_ptr<gossip::keyring> ring;
    std::unique_ptr<gossip::gossip_pool> pool;
    bool is_up = true;
    // What it was told.
    std::vector<gossip::serf::member_event> member_events;
    std::vector<gossip::serf::user_event> user_events;
    std::map<std::string, std::string> responses;
    std::vector<std::string> acks;
    std::vector<gossip::serf::keyring_reply> keyring_replies;
    std::vector<std::string> warnings;
    std::map<std::uint64_t, std::string> joins;  // by exchange; empty: it was taken
    bool has_left = false;
    std::vector<std::function<void(const std::string&)>> held_replies{};

    gossip::wire::stream_reader reader(gossip::wire::stream_side from) const {
      return {pool->settings().frames, ring.get(), from};
    }
  };

  explicit pool_world(std::uint64_t seed) : random_(seed) {}

  node& start(const std::string& name, const std::vector<std::string>& keys = {},
              const std::function<void(gossip::pool_settings&)>& change = {}) {
    auto made = std::make_unique<node>();
    made->name = name;
    const auto number = ++addresses_;
    made->where = {*gossip::ip_address::parse("10.0.0." + std::to_string(number)), 7946};
    if (!keys.empty())
      made->ring = std::make_unique<gossip::keyring>(*gossip::keyring::make(keys));
    gossip::pool_settings settings;
    settings.swim = gossip::swim::swim_settings::lan();
    settings.serf = gossip::serf::consul_lan();
    settings.serf.node_name = name;
    settings.serf.tags = {{"is", name}};
    settings.advertise = made->where;
    if (change)
      change(settings);
    made->pool = std::make_unique<gossip::gossip_pool>(
        settings, made->ring.get(), gossip::serf::recovered_snapshot{}, random_(), now_);
    nodes_.push_back(std::move(made));
    carry_out(*nodes_.back());
    return *nodes_.back();
  }

  void kill(node& victim) { victim.is_up = false; }

  // Whether the join succeeded.
  bool join(node& who, const node& at) {
    const auto number = who.pool->join(at.where, false, now_);
    if (!number)
      return false;
    carry_out(who);
    run_until([&] { return who.joins.contains(number->value); }, 30s);
    const bool joined = who.joins[number->value].empty();
    if (joined)
      who.pool->serf().on_join_succeeded(now_);
    carry_out(who);
    return joined;
  }

  // Does what a command left to be done.
  void carry_out(node& from);

  // False if it did not come true in time.
  bool run_until(const std::function<bool()>& done, std::chrono::nanoseconds within);
  void run_for(std::chrono::nanoseconds time) {
    run_until([] { return false; }, time);
  }

  bool all_see(const std::string& name, gossip::serf::member_status status) const {
    for (const auto& each : nodes_) {
      if (!each->is_up || each->name == name)
        continue;
      const auto seen = each->pool->serf().find(name);
      if (!seen || seen->status != status)
        return false;
    }
    return true;
  }

  time_point now() const { return now_; }
  void set_loss(double part) { loss_ = part; }
  std::size_t largest_datagram() const { return largest_datagram_; }
  std::size_t datagrams() const { return datagrams_; }
  // Everything that was on the wire so far.
  std::uint64_t hash() const { return hash_; }
  const std::vector<std::unique_ptr<node>>& nodes() const { return nodes_; }

 private:
  struct happening {
    time_point at;
    std::uint64_t number;
    std::function<void()> what;
    bool operator<(const happening& other) const {
      return std::pair(at, number) > std::pair(other.at, other.number);
    }
  };

  void at(time_point when, std::function<void()> what) {
    queue_.push({when, ++numbers_, std::move(what)});
  }
  node* find(const gossip::endpoint& where) {
    for (auto& each : nodes_) {
      if (each->where == where && each->is_up)
        return each.get();
    }
    return nullptr;
  }
  std::chrono::nanoseconds latency() {
    return 100us + std::chrono::nanoseconds(random_() % 400'000);
  }
  bool is_lost() { return static_cast<double>(random_() % 10'000) < loss_ * 10'000; }
  void note(const std::string& bytes) {
    hash_ = hash_ * 1'099'511'628'211u ^ std::hash<std::string>{}(bytes);
  }
  void exchange(node& asker, const gossip::pool_output::exchange& request);
  void answer(node& asker, gossip::exchange_number number, const std::string& bytes);
  static void keep(node& told, gossip::pool_output& output);

  gossip::swim::prng random_;
  time_point now_{1h};
  std::vector<std::unique_ptr<node>> nodes_;
  std::priority_queue<happening> queue_;
  std::uint64_t numbers_ = 0;
  std::uint64_t hash_ = 0;
  std::size_t datagrams_ = 0;
  std::size_t largest_datagram_ = 0;
  int addresses_ = 0;
  double loss_ = 0;
};

inline void pool_world::keep(node& told, gossip::pool_output& output) {
  for (auto& each : output.serf.member_events)
    told.member_events.push_back(std::move(each));
  for (auto& each : output.serf.user_events)
    told.user_events.push_back(std::move(each));
  for (auto& each : output.serf.responses)
    told.responses[each.from] = each.payload;
  for (auto& each : output.serf.acks)
    told.acks.push_back(each.from);
  for (auto& each : output.serf.keyring_replies)
    told.keyring_replies.push_back(std::move(each));
  for (auto& each : output.warnings)
    told.warnings.push_back(std::move(each));
  told.has_left = told.has_left || output.serf.left;
}

inline void pool_world::carry_out(node& from) {
  gossip::pool_output output;
  from.pool->take_output(output, now_);
  keep(from, output);
  for (const auto& each : output.datagrams) {
    std::string bytes(output.bytes_of(each));
    note(bytes);
    ++datagrams_;
    largest_datagram_ = std::max(largest_datagram_, bytes.size());
    if (is_lost())
      continue;
    at(now_ + latency(), [this, to = each.to, where = from.where, bytes = std::move(bytes)] {
      auto* target = find(to);
      if (target == nullptr)
        return;
      target->pool->on_datagram(bytes, where, now_);
      target->pool->handle_waiting(now_);
      carry_out(*target);
    });
  }
  for (const auto& each : output.exchanges)
    exchange(from, each);
  if (output.held_answer)
    for (const auto& reply : std::exchange(from.held_replies, {}))
      reply(*output.held_answer);
  // Every query is answered with the member's name.
  for (const auto& each : output.serf.questions)
    (void)from.pool->serf().answer(each.ticket, from.name + ":" + each.payload, now_);
  if (!output.serf.questions.empty())
    carry_out(from);
}

inline void pool_world::exchange(node& asker, const gossip::pool_output::exchange& request) {
  note(request.request);
  at(now_ + latency(), [this, &asker, request] {
    auto* target = find(request.to);
    if (target == nullptr)
      return answer(asker, request.number, {});
    auto reader = target->reader(gossip::wire::stream_side::dialler);
    reader.feed(request.request);
    const auto reply = [this, &asker, number = request.number](const std::string& bytes) {
      at(now_ + latency(), [this, &asker, number, bytes] { answer(asker, number, bytes); });
    };
    const auto given = target->pool->on_request(reader, now_);
    if (given.waits)
      target->held_replies.emplace_back(reply);
    else
      reply(given.bytes);
    carry_out(*target);
  });
}

inline void pool_world::answer(node& asker, gossip::exchange_number number,
                               const std::string& bytes) {
  note(bytes);
  if (!asker.is_up)
    return;
  auto reader = asker.reader(gossip::wire::stream_side::answerer);
  using progress = gossip::wire::stream_reader::progress;
  if (!bytes.empty() && reader.feed(bytes) == progress::whole) {
    const auto taken = asker.pool->on_answer(number, reader, now_);
    asker.joins[number.value] = taken ? "" : taken.error().detail;
  } else {
    asker.pool->on_no_answer(number);
    asker.joins[number.value] = "no answer";
  }
  carry_out(asker);
}

inline bool pool_world::run_until(const std::function<bool()>& done,
                                  std::chrono::nanoseconds within) {
  const auto end = now_ + within;
  while (!done()) {
    auto next = queue_.empty() ? end : queue_.top().at;
    node* due = nullptr;
    for (auto& each : nodes_) {
      if (each->is_up && each->pool->next_deadline() < next) {
        next = each->pool->next_deadline();
        due = each.get();
      }
    }
    if (next >= end) {
      now_ = end;
      return done();
    }
    now_ = std::max(now_, next);
    if (due != nullptr) {
      due->pool->tick(now_);
      carry_out(*due);
      continue;
    }
    const auto what = queue_.top().what;
    queue_.pop();
    what();
  }
  return true;
}

}  // namespace troupe::tests
