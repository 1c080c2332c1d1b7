#include "tests/simulation/linearizability.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace troupe::simulation {

namespace {

// Everything before `first_open` is linearized, and of what is behind it, those marked.
struct progress {
  std::size_t first_open = 0;
  std::vector<bool> marked;  // from first_open on, without trailing false
  std::uint64_t value = 0;   // of the register

  bool operator<(const progress& other) const {
    return std::tie(first_open, value, marked) <
           std::tie(other.first_open, other.value, other.marked);
  }
  bool has(std::size_t at) const {
    return at < first_open || (at - first_open < marked.size() && marked[at - first_open]);
  }
  progress with(std::size_t at, std::uint64_t new_value) const {
    progress next = *this;
    next.value = new_value;
    if (next.marked.size() <= at - first_open)
      next.marked.resize(at - first_open + 1);
    next.marked[at - first_open] = true;
    std::size_t done = 0;
    while (done < next.marked.size() && next.marked[done])
      ++done;
    next.first_open += done;
    next.marked.erase(next.marked.begin(), next.marked.begin() + static_cast<std::ptrdiff_t>(done));
    return next;
  }
};

// What may come next: operations that no open one was answered before. A read that fits may always
// be taken first: it changes nothing.
void push_next(const std::vector<operation>& history, const progress& at,
               std::vector<progress>& stack) {
  const auto stack_before = stack.size();
  auto first_answer = virtual_time::max();
  for (auto n = at.first_open; n < history.size() && history[n].invoked <= first_answer; ++n) {
    if (at.has(n))
      continue;
    const auto& one = history[n];
    first_answer = std::min(first_answer, one.answered);
    if (one.is_write) {
      stack.push_back(at.with(n, one.value));
    } else if (one.value == at.value) {
      stack.resize(stack_before);
      stack.push_back(at.with(n, at.value));
      return;
    }
  }
}

// Says nothing: a read that was never answered, or a write that was neither answered nor seen.
void drop_silent(std::vector<operation>& history) {
  std::set<std::uint64_t> seen;
  for (const auto& one : history) {
    if (!one.is_write && one.answered != virtual_time::max())
      seen.insert(one.value);
  }
  std::erase_if(history, [&](const operation& one) {
    return one.answered == virtual_time::max() && (!one.is_write || !seen.contains(one.value));
  });
}

bool is_done(const std::vector<operation>& history, const progress& at) {
  for (auto n = at.first_open; n < history.size(); ++n) {
    if (!at.has(n) && history[n].answered != virtual_time::max())
      return false;
  }
  return true;
}

}  // namespace

verdict check_linearizable(std::vector<operation> history, std::size_t states_max) {
  drop_silent(history);
  std::sort(history.begin(), history.end(),
            [](const operation& a, const operation& b) { return a.invoked < b.invoked; });
  std::set<progress> seen;
  std::vector<progress> stack{progress{}};
  while (!stack.empty()) {
    const auto at = std::move(stack.back());
    stack.pop_back();
    if (is_done(history, at))
      return verdict::linearizable;
    if (!seen.insert(at).second)
      continue;
    if (seen.size() > states_max)
      return verdict::gave_up;
    push_next(history, at, stack);
  }
  return verdict::not_linearizable;
}

}  // namespace troupe::simulation
