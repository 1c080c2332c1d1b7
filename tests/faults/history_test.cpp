#include "tests/faults/history.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace troupe::faults {

namespace {

using simulation::operation;
using simulation::operation_kind;
using simulation::verdict;
using simulation::virtual_time;
using prng = std::mt19937_64;

constexpr auto never = virtual_time::max();

history of(const std::string& text) {
  std::istringstream in(text);
  const auto read = read_histories(in);
  EXPECT_TRUE(read) << text;
  return read && read->size() == 1 ? read->begin()->second : history{};
}

verdict check(const std::string& text) {
  return check_linearizable(of(text), states_max);
}

TEST(read_histories, sorts_operations_by_key_and_knows_unknown_outcomes) {
  std::istringstream in(
      "a write 7 0 10 20\n"
      "b read 0 0 11 12\n"
      "a swap 8 7 30 -\n");
  const auto read = read_histories(in);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2U);
  const auto& a = read->at("a");
  ASSERT_EQ(a.size(), 2U);
  EXPECT_EQ(a[0].kind, operation_kind::write);
  EXPECT_EQ(a[0].answered, virtual_time{20});
  EXPECT_EQ(a[1].expected, 7U);
  EXPECT_FALSE(a[1].is_answered());
}

TEST(read_histories, refuses_lines_that_are_no_operation) {
  for (const std::string line :
       {"a write 7 0 10", "a wrote 7 0 10 20", "a write x 0 10 20", "a write 7 0 10 20 30",
        "a write 7 0 20 10", "a write 7 0 10 -1", "a refused 7 0 10 -", ""}) {
    std::istringstream in("a write 1 0 1 2\n" + line + "\n");
    const auto read = read_histories(in);
    ASSERT_FALSE(read) << line;
    EXPECT_NE(read.error().detail.find("line 2"), std::string::npos) << read.error().detail;
  }
}

TEST(checker, accepts_what_one_key_could_have_answered) {
  for (const std::string text : {
           "k read 0 0 1 2\n",
           "k write 1 0 1 9\nk read 0 0 2 3\nk read 1 0 4 5\n",
           "k write 1 0 1 2\nk swap 2 1 3 4\nk refused 3 1 5 6\nk read 2 0 7 8\n",
           "k swap 1 0 1 2\nk write 0 0 3 4\nk swap 2 0 5 6\n",
           // Unknown, and taking effect long after later ones.
           "k write 1 0 1 -\nk write 2 0 10 20\nk read 2 0 30 40\nk read 1 0 900 901\n",
           // Unknown, never seen, but the only reason for a refusal.
           "k write 1 0 1 2\nk write 2 0 3 -\nk refused 3 1 5 6\nk write 4 0 7 8\n",
           // A chain of unknown ones behind one answer.
           "k write 1 0 1 2\nk write 0 0 3 -\nk swap 2 0 4 -\nk read 2 0 5 6\n",
       })
    EXPECT_EQ(check(text), verdict::linearizable) << text << explain(of(text));
}

TEST(checker, finds_what_no_order_explains) {
  for (const std::string text : {
           "k write 1 0 1 2\nk read 0 0 3 4\n",                   // lost
           "k write 1 0 1 2\nk write 2 0 3 4\nk read 1 0 5 6\n",  // stale
           "k write 1 0 1 9\nk read 1 0 2 3\nk read 0 0 4 5\n",   // back in time
           "k read 7 0 1 2\n",                                    // from nowhere
           "k write 1 0 1 2\nk write 0 0 3 4\nk read 1 0 5 6\n",  // a delete undone
           "k write 1 0 1 2\nk swap 2 1 3 9\nk swap 3 1 3 9\n",   // both won
           "k write 1 0 1 2\nk refused 2 1 3 4\n",                // refused without a reason
           "k write 1 0 5 -\nk read 1 0 3 4\n",                   // seen before it was asked
           "k write 1 0 1 -\nk read 1 0 3 4\nk write 2 0 5 6\nk read 1 0 7 8\n",  // done twice
           "k write 1 0 1 2\nk swap 2 9 3 -\nk read 2 0 5 6\n",  // swapped what never was
       }) {
    const auto seen = of(text);
    EXPECT_EQ(check_linearizable(seen, states_max), verdict::not_linearizable) << text;
    EXPECT_NE(explain(seen).find("no order explains this answer"), std::string::npos) << text;
  }
}

TEST(explain, names_the_first_answer_that_cannot_be) {
  const auto said = explain(
      of("k write 1 0 1 2\nk write 2 0 3 4\nk read 2 0 5 6\nk read 1 0 7 8\nk read 1 0 9 10\n"));
  EXPECT_EQ(said.find("no order explains this answer:\n  read 1 0 7 8\n"), 0U) << said;
}

// -- against trying every order ----------------------------------------------------------

// The value after it; false if it cannot be there.
bool apply(const operation& one, std::uint64_t& value) {
  switch (one.kind) {
    case operation_kind::write:
      value = one.value;
      return true;
    case operation_kind::swap:
      if (one.is_answered() && value != one.expected)
        return false;
      value = value == one.expected ? one.value : value;
      return true;
    case operation_kind::refused:
      return value != one.expected;
    case operation_kind::read:
      return !one.is_answered() || value == one.value;
  }
  return false;
}

bool fits(const history& in_order) {
  std::uint64_t value = 0;
  for (std::size_t a = 0; a < in_order.size(); ++a) {
    for (auto b = a + 1; b < in_order.size(); ++b) {
      if (in_order[b].answered < in_order[a].invoked)
        return false;
    }
    if (!apply(in_order[a], value))
      return false;
  }
  return true;
}

// Every order of the answered ones and any of the others.
bool is_possible(const history& seen) {
  for (unsigned chosen = 0; chosen < 1U << seen.size(); ++chosen) {
    history some;
    bool whole = true;
    for (std::size_t n = 0; n < seen.size(); ++n) {
      if ((chosen >> n & 1U) != 0)
        some.push_back(seen[n]);
      else
        whole = whole && !seen[n].is_answered();
    }
    if (!whole)
      continue;
    const auto by_value = [](const operation& a, const operation& b) {
      return std::tie(a.invoked, a.value, a.kind, a.answered) <
             std::tie(b.invoked, b.value, b.kind, b.answered);
    };
    std::sort(some.begin(), some.end(), by_value);
    do {
      if (fits(some))
        return true;
    } while (std::next_permutation(some.begin(), some.end(), by_value));
  }
  return false;
}

std::uint64_t below(prng& random, std::uint64_t end) {
  return random() % end;
}

history small_history(prng& random) {
  history seen;
  for (std::uint64_t n = 1; n <= 5; ++n) {
    operation one;
    one.kind = static_cast<operation_kind>(below(random, 4));
    one.value = one.kind == operation_kind::read ? below(random, 6) : n % 5;
    one.expected = below(random, 5);
    one.seen = one.expected;
    one.invoked = virtual_time{below(random, 10)};
    one.answered = one.invoked + virtual_time{1 + below(random, 6)};
    if (one.kind != operation_kind::refused && below(random, 3) == 0)
      one.answered = never;
    seen.push_back(one);
  }
  return seen;
}

TEST(checker, agrees_with_trying_every_order) {
  prng random{23};
  int possible = 0;
  constexpr int rounds = 4000;
  for (int round = 0; round < rounds; ++round) {
    const auto seen = small_history(random);
    const bool expected = is_possible(seen);
    ASSERT_EQ(check_linearizable(seen, states_max),
              expected ? verdict::linearizable : verdict::not_linearizable)
        << "round " << round;
    possible += expected ? 1 : 0;
  }
  EXPECT_GT(possible, rounds / 10);
  EXPECT_LT(possible, rounds * 9 / 10);
}

// -- as long as a test run's, with clients that give up ----------------------------------------

struct client {
  operation doing;
  bool busy = false;
};

// One real register under `clients` clients. Each operation happens at one moment between its call
// and its answer; some of the answers are lost, and what is lost may have happened.
class recorded_run {
 public:
  explicit recorded_run(std::uint64_t seed) : random_(seed) {}

  history run(std::size_t operations) {
    std::vector<client> clients(6);
    while (seen_.size() < operations) {
      auto& one = clients[below(random_, clients.size())];
      ++now_;
      if (one.busy)
        finish(one);
      else
        begin(one);
    }
    return seen_;
  }

 private:
  void begin(client& one) {
    one.busy = true;
    one.doing = {.kind = static_cast<operation_kind>(below(random_, 3)), .invoked = now_};
    if (one.doing.kind == operation_kind::write)
      one.doing.value = below(random_, 4) == 0 ? 0 : ++last_value_;
    if (one.doing.kind == operation_kind::swap) {
      one.doing.value = ++last_value_;
      one.doing.expected = one.doing.seen = below(random_, 3) == 0 ? last_value_ - 2 : value_;
    }
  }

  void finish(client& one) {
    one.busy = false;
    auto& doing = one.doing;
    const bool is_known = below(random_, 20) != 0;
    const bool happens = is_known || below(random_, 2) == 0;
    if (doing.kind == operation_kind::read)
      doing.value = value_;
    if (doing.kind == operation_kind::swap && is_known && doing.expected != value_)
      doing.kind = operation_kind::refused;
    else if (happens)
      apply(doing, value_);
    if (is_known)
      doing.answered = now_ + virtual_time{1};
    seen_.push_back(doing);
  }

  prng random_;
  virtual_time now_{0};
  std::uint64_t value_ = 0;
  std::uint64_t last_value_ = 1;
  history seen_;
};

TEST(checker, decides_long_histories_with_many_unknown_outcomes) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    EXPECT_EQ(check_linearizable(recorded_run(seed).run(2000), states_max), verdict::linearizable)
        << "seed " << seed;
}

TEST(checker, finds_one_wrong_answer_in_a_long_history) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    auto seen = recorded_run(seed).run(300);
    // The last read now says what a write of long ago wrote.
    const auto last = std::find_if(seen.rbegin(), seen.rend(), [](const operation& one) {
      return one.kind == operation_kind::read && one.is_answered();
    });
    const auto old = std::find_if(seen.begin() + 20, seen.end(), [](const operation& one) {
      return one.kind == operation_kind::write && one.value != 0 && one.is_answered();
    });
    ASSERT_TRUE(last != seen.rend() && old != seen.end());
    last->value = old->value;
    EXPECT_EQ(check_linearizable(seen, states_max), verdict::not_linearizable) << "seed " << seed;
  }
}

}  // namespace

}  // namespace troupe::faults
