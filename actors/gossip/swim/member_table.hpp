// What one member believes of all: a record of 16 bytes a member. An agent's table is an
// array; in a simulation of very many it is a base that all share and never change, and a small
// map of what this member believes otherwise, until that outgrows the array.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "actors/gossip/segmented_vector.hpp"
#include "actors/gossip/swim/member_directory.hpp"
#include "actors/gossip/swim/number_map.hpp"
#include "actors/gossip/swim/swim_types.hpp"

namespace troupe::actors::gossip::swim {

class member_record {
 public:
  member_record() = default;
  member_record(member_state state, incarnation_number incarnation, identity_number identity,
                time_point changed_at)
      : identity_(identity), incarnation_(incarnation), packed_(pack(state, changed_at)) {}

  member_state state() const { return static_cast<member_state>(packed_ & 7); }
  bool is_known() const { return state() != member_state::unknown; }
  bool is_alive() const { return state() == member_state::alive; }
  bool is_gone() const { return swim::is_gone(state()); }
  incarnation_number incarnation() const { return incarnation_; }
  identity_number identity() const { return identity_; }
  // When the state last changed; exact to 8 ns.
  time_point changed_at() const {
    return time_point{nanoseconds{static_cast<std::int64_t>(packed_ & ~std::uint64_t{7})}};
  }

 private:
  static std::uint64_t pack(member_state state, time_point at) {
    const auto ns = std::chrono::duration_cast<nanoseconds>(at.time_since_epoch()).count();
    return (static_cast<std::uint64_t>(ns) & ~std::uint64_t{7}) | static_cast<std::uint64_t>(state);
  }

  identity_number identity_ = no_identity;
  incarnation_number incarnation_;
  std::uint64_t packed_ = 0;  // nanoseconds, the state in the lowest 3 bits
};
static_assert(sizeof(member_record) == 16);

struct member_counts {
  // By member_state; unknown stays 0.
  std::array<std::uint32_t, 5> by_state{};

  std::uint32_t of(member_state state) const { return by_state[static_cast<std::size_t>(state)]; }
  // The protocol's n: alive, suspect, dead and left, oneself too.
  std::uint32_t known() const { return by_state[1] + by_state[2] + by_state[3] + by_state[4]; }
};

// What all members of a simulation know at its start.
struct base_view {
  std::vector<member_record> records;  // by number
  member_counts counts;

  static std::shared_ptr<const base_view> of(std::vector<member_record> records);
};

class member_table {
 public:
  member_table(member_directory& directory, std::shared_ptr<const base_view> base);
  ~member_table();
  member_table(const member_table&) = delete;
  member_table& operator=(const member_table&) = delete;

  // A record of state unknown if the member is not known. Valid until the next put().
  const member_record& at(member_number member) const {
    if (!base_) [[likely]]
      return member.value < own_.size() ? own_[member.value] : not_known;
    return at_over_base(member);
  }
  // A record of state unknown forgets the member.
  void put(member_number member, const member_record& record);

  const member_counts& counts() const { return counts_; }
  // All known numbers are below this.
  std::uint32_t numbers_end() const {
    return static_cast<std::uint32_t>(base_ ? base_->records.size() : own_.size());
  }
  std::size_t memory_bytes() const;
  void fetch() const { differs_.fetch(); }

  // visit(member_number, const member_record&) for the known members, by number. The visitor
  // changes nothing.
  template <class Visitor>
  void for_each(Visitor visit) const {
    for (std::uint32_t i = 0; i < numbers_end(); ++i)
      if (const auto& record = at({i}); record.is_known())
        visit(member_number{i}, record);
  }

 private:
  const member_record& at_over_base(member_number member) const;
  member_record& slot(member_number member);
  void leave_base();

  static const member_record not_known;

  member_directory& directory_;
  std::shared_ptr<const base_view> base_;  // null: own_ holds all
  number_map<member_record> differs_;      // from the base
  segmented_vector<member_record, 64> own_;
  member_counts counts_;
};

}  // namespace troupe::actors::gossip::swim
