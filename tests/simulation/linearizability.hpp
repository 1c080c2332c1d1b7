// Whether what clients saw of one key could have happened one after the other (Wing and Gong, 1993,
// with Lowe's memory of states that were tried). A key is a register: writes are unconditional.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "tests/simulation/virtual_world.hpp"

namespace troupe::simulation {

struct operation {
  bool is_write = false;
  std::uint64_t value = 0;  // written, or read; 0: there was none
  virtual_time invoked{};
  // max(): never answered. Such a write may have happened at any time since, or not at all.
  virtual_time answered = virtual_time::max();
};

enum class verdict { linearizable, not_linearizable, gave_up };

// `history` has one key's operations in any order. Gives up after so many states.
verdict check_linearizable(std::vector<operation> history, std::size_t states_max = 50'000);

}  // namespace troupe::simulation
