#include "tests/faults/history.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace troupe::faults {

namespace {

using simulation::operation;
using simulation::operation_kind;
using simulation::verdict;
using simulation::virtual_time;

constexpr std::pair<std::string_view, operation_kind> kinds[] = {
    {"write", operation_kind::write},
    {"swap", operation_kind::swap},
    {"refused", operation_kind::refused},
    {"read", operation_kind::read},
};

std::optional<operation_kind> kind_of(std::string_view word) {
  for (const auto& [name, kind] : kinds) {
    if (name == word)
      return kind;
  }
  return std::nullopt;
}

template <class Number>
bool take_number(const std::string& word, Number& into) {
  const auto* end = word.data() + word.size();
  return std::from_chars(word.data(), end, into) == std::from_chars_result{end, std::errc{}};
}

bool take_time(const std::string& word, virtual_time& into) {
  virtual_time::rep count = 0;
  const bool fits = take_number(word, count);
  into = virtual_time{count};
  return fits;
}

std::optional<std::pair<std::string, operation>> parse(const std::string& line) {
  std::istringstream words(line);
  std::string key, kind, value, expected, invoked, answered, more;
  words >> key >> kind >> value >> expected >> invoked >> answered;
  if (!words || words >> more)
    return std::nullopt;
  operation one;
  const auto known = kind_of(kind);
  if (!known || !take_number(value, one.value) || !take_number(expected, one.expected) ||
      !take_time(invoked, one.invoked))
    return std::nullopt;
  one.kind = *known;
  one.seen = one.expected;  // an answered swap found what it expected, else it is `refused`
  if (answered != "-" && (!take_time(answered, one.answered) || one.answered < one.invoked))
    return std::nullopt;
  if (one.kind == operation_kind::refused && !one.is_answered())
    return std::nullopt;
  return std::pair{std::move(key), one};
}

// Every operation that had begun by then; what was not yet answered has no outcome.
history until(const history& seen, virtual_time end) {
  history cut;
  for (auto one : seen) {
    if (one.invoked > end)
      continue;
    if (one.answered > end) {
      one.answered = virtual_time::max();
      if (one.kind == operation_kind::refused)
        one.kind = operation_kind::read;  // without an answer it says nothing
    }
    cut.push_back(one);
  }
  return cut;
}

std::string line_of(const operation& one) {
  const auto name = std::find_if(std::begin(kinds), std::end(kinds),
                                 [&](const auto& row) { return row.second == one.kind; });
  const auto answered = one.is_answered() ? fmt::format("{}", one.answered.count()) : "-";
  return fmt::format("  {} {} {} {} {}\n", name->first, one.value, one.expected,
                     one.invoked.count(), answered);
}

}  // namespace

messages::result<std::map<std::string, history>> read_histories(std::istream& text) {
  std::map<std::string, history> found;
  std::string line;
  for (int number = 1; std::getline(text, line); ++number) {
    auto parsed = parse(line);
    if (!parsed)
      return messages::failure{messages::errc::bad_request,
                               fmt::format("line {}: not an operation: {}", number, line)};
    found[parsed->first].push_back(parsed->second);
  }
  return found;
}

std::string explain(const history& seen) {
  std::vector<virtual_time> ends;
  for (const auto& one : seen) {
    if (one.is_answered())
      ends.push_back(one.answered);
  }
  std::sort(ends.begin(), ends.end());
  // A history that can be explained can be explained up to any time.
  const auto first = std::partition_point(ends.begin(), ends.end(), [&](virtual_time end) {
    return check_linearizable(until(seen, end), states_max) == verdict::linearizable;
  });
  if (first == ends.end())
    return "no order was found in time\n";
  const auto culprit = std::find_if(seen.begin(), seen.end(),
                                    [&](const operation& one) { return one.answered == *first; });
  // What may matter: under way with it, or shortly before.
  constexpr auto before = std::chrono::milliseconds{50};
  auto said = fmt::format("no order explains this answer:\n{}beside or up to {} ms before it:\n",
                          line_of(*culprit), before.count());
  auto by_time = until(seen, *first);
  std::sort(by_time.begin(), by_time.end(),
            [](const operation& a, const operation& b) { return a.invoked < b.invoked; });
  for (const auto& one : by_time) {
    const bool concerns = one.value == culprit->value || one.value == culprit->expected;
    if (one.answered >= culprit->invoked - before || concerns)
      said += line_of(one);
  }
  return said;
}

}  // namespace troupe::faults
