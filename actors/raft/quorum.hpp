// Counting majorities. Pure functions, no notion of who the servers are.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

namespace troupe::actors::raft {

// How many of `voters` make a majority; any two majorities share a voter.
inline std::size_t majority(std::size_t voters) {
  return voters / 2 + 1;
}

// The largest value that a majority of the voters have reached, given the value of each of them.
// T{} if there is no voter.
template <class T>
T reached_by_majority(std::vector<T> values) {
  if (values.empty())
    return T{};
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(majority(values.size()) - 1);
  std::nth_element(values.begin(), nth, values.end(), std::greater<T>{});
  return *nth;
}

}  // namespace troupe::actors::raft
