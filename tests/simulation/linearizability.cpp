#include "tests/simulation/linearizability.hpp"

#include <algorithm>
#include <optional>
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

// The value after the operation, if it may come now.
std::optional<std::uint64_t> taken_at(const operation& one, std::uint64_t value) {
  switch (one.kind) {
    case operation_kind::write:
      return one.value;
    case operation_kind::read:
      return one.value == value ? std::optional{value} : std::nullopt;
    case operation_kind::swap:
      if (one.is_answered() && one.seen != value)
        return std::nullopt;
      return one.expected == value ? one.value : value;
  }
  return std::nullopt;
}

// Whether it changes nothing whenever it comes.
bool only_looks(const operation& one) {
  const bool was_refused = one.kind == operation_kind::swap && one.seen != one.expected;
  return one.is_answered() && (one.kind == operation_kind::read || was_refused);
}

// What may come next: operations that no open one was answered before. One that fits and only looks
// may always be taken first.
void push_next(const std::vector<operation>& history, const progress& at,
               std::vector<progress>& stack) {
  const auto stack_before = stack.size();
  auto first_answer = virtual_time::max();
  for (auto n = at.first_open; n < history.size() && history[n].invoked <= first_answer; ++n) {
    if (at.has(n))
      continue;
    const auto& one = history[n];
    first_answer = std::min(first_answer, one.answered);
    const auto after = taken_at(one, at.value);
    if (!after)
      continue;
    if (only_looks(one)) {
      stack.resize(stack_before);
      stack.push_back(at.with(n, at.value));
      return;
    }
    if (*after != at.value || one.is_answered())  // else as if it had never happened
      stack.push_back(at.with(n, *after));
  }
}

// Says nothing: a read that was never answered, or a write that was neither answered nor seen. What
// an unanswered delete left behind cannot be told from the beginning.
void drop_silent(std::vector<operation>& history) {
  std::set<std::uint64_t> seen{0};
  for (const auto& one : history) {
    if (one.is_answered() && one.kind == operation_kind::read)
      seen.insert(one.value);
    if (one.is_answered() && one.kind == operation_kind::swap)
      seen.insert(one.seen);
  }
  std::erase_if(history, [&](const operation& one) {
    return !one.is_answered() && (one.kind == operation_kind::read || !seen.contains(one.value));
  });
}

bool is_done(const std::vector<operation>& history, const progress& at) {
  for (auto n = at.first_open; n < history.size(); ++n) {
    if (!at.has(n) && history[n].is_answered())
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
