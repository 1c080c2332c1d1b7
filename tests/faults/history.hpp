// What clients of a datacenter saw, as text: a line an operation, so that the program that ran them
// and the one that judges them need share nothing else.
//
//   KEY KIND VALUE EXPECTED INVOKED ANSWERED
//
// KIND is write, swap, refused or read; VALUE and EXPECTED are numbers (0: the key is not there),
// times are nanoseconds of one clock. ANSWERED is - where the outcome is not known: it may have
// happened at any time since, or never.
#pragma once

#include <cstddef>
#include <istream>
#include <map>
#include <string>
#include <vector>

#include "messages/result.hpp"
#include "tests/simulation/linearizability.hpp"

namespace troupe::faults {

using history = std::vector<simulation::operation>;

// By key. Fails with errc::bad_request at the first line that is none.
messages::result<std::map<std::string, history>> read_histories(std::istream& text);

// How many states of one key are tried before no verdict is given.
inline constexpr std::size_t states_max = 1'000'000;

// For people: the first answer that no order explains any more, and what was under way meanwhile.
// `seen` is not linearizable.
std::string explain(const history& seen);

}  // namespace troupe::faults
