// What readers on every thread must know of Raft without asking it by a message: whether this
// server may answer a default read now. Written by the raft_peer alone; read by all.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "actors/runtime/latest.hpp"

namespace troupe::actors {

class leadership {
 public:
  using clock = std::chrono::steady_clock;

  // -- written by raft_peer ------------------------------------------------

  // Reads are leased until then; min(): they are not. Only set once an entry of the own term is
  // applied, so that the state holds everything that was ever acknowledged.
  void grant_lease(clock::time_point until) { lease_until_.store(until); }
  // Empty: none is known.
  void leader_is(std::string id) {
    const bool known = !id.empty();
    leader_.store(known ? std::make_shared<const std::string>(std::move(id)) : nullptr);
    leader_known_.store(known);
  }
  // When this server last heard of the leader; the leader itself: always now.
  void heard_of_leader(clock::time_point when) { last_contact_.store(when); }
  void leads(bool does) {
    if (does)
      ++times_won_;
    leads_.store(does);
  }
  void applied(std::uint64_t index) { applied_.store(index); }
  // What the other servers are about to be told is committed, so that they may show it.
  void announces(std::uint64_t index) { announced_.store(index); }

  // -- read by anybody -------------------------------------------------------

  // Ask only after the read transaction has begun: then what the transaction shows was current at
  // some moment of the request (dissertation 6.4.1).
  bool lease_is_valid(clock::time_point now) const { return now < lease_until_.load(); }
  // Whether a read transaction that begins now shows all that another server may have shown before:
  // those may apply an entry sooner than the leader.
  bool shows_all() const {
    const auto announced = announced_.load();  // first: what is applied only grows
    return applied_.load() >= announced;
  }
  bool leads() const { return leads_.load(); }
  // A lease of another leadership says nothing of a transaction that began before it.
  std::uint64_t times_won() const { return times_won_.load(); }
  bool leader_known() const { return leader_known_.load(); }
  // Null: none is known.
  std::shared_ptr<const std::string> leader() const { return leader_.load(); }
  std::uint64_t applied_index() const { return applied_.load(); }

  std::chrono::milliseconds last_contact(clock::time_point now) const {
    if (leads())
      return std::chrono::milliseconds{0};
    return std::chrono::duration_cast<std::chrono::milliseconds>(now - last_contact_.load());
  }

 private:
  std::atomic<clock::time_point> lease_until_{clock::time_point::min()};
  std::atomic<clock::time_point> last_contact_{clock::now()};
  std::atomic<bool> leads_{false};
  std::atomic<std::uint64_t> times_won_{0};
  std::atomic<bool> leader_known_{false};  // of its own: looked at by every read
  latest<std::string> leader_;
  std::atomic<std::uint64_t> applied_{0};
  std::atomic<std::uint64_t> announced_{0};
};

}  // namespace troupe::actors
