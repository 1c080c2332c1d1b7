// Whether what clients saw of one key could have happened one after the other (Wing and Gong, 1993,
// with Lowe's memory of states that were tried). A key is a register that may be compared and
// swapped; value 0 means that there is none, so that a delete is a write of 0.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/simulation/virtual_world.hpp"

namespace troupe::simulation {

// `refused`: an answered swap whose client was not told what was there, only that it was not
// `expected`.
enum class operation_kind : std::uint8_t { write, swap, read, refused };

struct operation {
  operation_kind kind = operation_kind::read;
  std::uint64_t value = 0;     // written, or read
  std::uint64_t expected = 0;  // swap: only then is `value` written
  std::uint64_t seen = 0;      // swap, answered: what was there
  virtual_time invoked{};
  // max(): never answered. It may have happened at any time since, or not at all.
  virtual_time answered = virtual_time::max();

  bool is_answered() const { return answered != virtual_time::max(); }
};

enum class verdict { linearizable, not_linearizable, gave_up };

// `history` has one key's operations in any order. Gives up after so many states.
verdict check_linearizable(std::vector<operation> history, std::size_t states_max = 50'000);

}  // namespace troupe::simulation
