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
    case operation_kind::refused:
      return one.expected != value ? std::optional{value} : std::nullopt;
  }
  return std::nullopt;
}

// Whether it changes nothing whenever it comes.
bool only_looks(const operation& one) {
  const bool was_refused = one.kind == operation_kind::swap && one.seen != one.expected;
  return one.is_answered() &&
         (one.kind == operation_kind::read || one.kind == operation_kind::refused || was_refused);
}

// Whether at one value it can come, or does something, and at the other not.
bool needs(const operation& one, std::uint64_t value, std::uint64_t instead_of) {
  if (one.is_answered())
    return taken_at(one, value) && !taken_at(one, instead_of);
  return one.kind == operation_kind::swap && one.expected == value;
}

// Operations that no open one was answered before.
std::vector<std::size_t> candidates(const std::vector<operation>& history, const progress& at) {
  std::vector<std::size_t> found;
  auto first_answer = virtual_time::max();
  for (auto n = at.first_open; n < history.size() && history[n].invoked <= first_answer; ++n) {
    if (at.has(n))
      continue;
    first_answer = std::min(first_answer, history[n].answered);
    found.push_back(n);
  }
  return found;
}

// What may come next. One that fits and only looks may always be taken first. One that was never
// answered is taken only right before one that needs it: until then it can be put off, and without
// such a one it is as if it had never happened.
void push_next(const std::vector<operation>& history, const progress& at,
               std::vector<progress>& stack) {
  const auto next = candidates(history, at);
  for (const auto n : next) {
    if (only_looks(history[n]) && taken_at(history[n], at.value)) {
      stack.push_back(at.with(n, at.value));
      return;
    }
  }
  // The stack's top is tried first: what an answer waits for, then what was answered first.
  std::vector<std::tuple<bool, virtual_time, std::size_t>> order;
  for (const auto n : next) {
    const auto after = taken_at(history[n], at.value);
    if (!after)
      continue;
    const bool is_needed =
        *after != at.value && std::any_of(next.begin(), next.end(), [&](std::size_t other) {
          return other != n && needs(history[other], *after, at.value);
        });
    if (history[n].is_answered() || is_needed)
      order.emplace_back(is_needed, -history[n].answered, n);
  }
  std::sort(order.begin(), order.end());
  for (const auto& [is_needed, answered, n] : order)
    stack.push_back(at.with(n, *taken_at(history[n], at.value)));
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
  std::erase_if(history, [](const operation& one) {
    return !one.is_answered() && one.kind == operation_kind::read;  // says nothing
  });
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
