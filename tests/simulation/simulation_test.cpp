// Clusters in virtual time: many seeds must pass, and servers with a fault put into them must not.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/simulation/linearizability.hpp"
#include "tests/simulation/raft_cluster.hpp"

namespace troupe::simulation {

// In a test's name.
void PrintTo(const known_mutant& one, std::ostream* out) {
  *out << one.name;
}

namespace {

// -- the checkers themselves -----------------------------------------------------

operation write(std::uint64_t value, duration from, duration to) {
  return {.kind = operation_kind::write, .value = value, .invoked = from, .answered = to};
}
operation read(std::uint64_t value, duration from, duration to) {
  return {.kind = operation_kind::read, .value = value, .invoked = from, .answered = to};
}
constexpr auto never = virtual_time::max();

TEST(linearizability, accepts_what_one_register_could_have_answered) {
  const std::vector<std::vector<operation>> histories{
      {},
      {read(0, 1s, 2s)},
      {write(1, 1s, 2s), read(1, 3s, 4s)},
      {write(1, 1s, 5s), read(0, 2s, 3s), read(1, 3s, 4s)},      // takes effect in between
      {write(1, 1s, 4s), write(2, 1s, 4s), read(2, 5s, 6s)},     // either order
      {write(1, 1s, never), read(0, 2s, 3s), read(1, 9s, 10s)},  // answered late or never
      {write(1, 1s, 2s), write(2, 3s, never), read(1, 4s, 5s)},  // perhaps never done
      {write(1, 1s, 9s), read(1, 2s, 3s), read(1, 4s, 5s)},
  };
  for (const auto& history : histories)
    EXPECT_EQ(check_linearizable(history), verdict::linearizable);
}

TEST(linearizability, refuses_stale_reads_lost_writes_and_values_from_nowhere) {
  const std::vector<std::vector<operation>> histories{
      {read(7, 1s, 2s)},
      {write(1, 1s, 2s), read(0, 3s, 4s)},
      {write(1, 1s, 2s), write(2, 3s, 4s), read(1, 5s, 6s)},
      {write(1, 1s, 9s), read(1, 2s, 3s), read(0, 4s, 5s)},  // back in time
      {write(1, 1s, 2s), write(2, 3s, never), read(2, 4s, 5s), read(1, 6s, 7s)},
      {write(1, 1s, 4s), write(2, 1s, 4s), read(1, 5s, 6s), read(2, 7s, 8s)},
  };
  for (const auto& history : histories)
    EXPECT_EQ(check_linearizable(history), verdict::not_linearizable);
}

TEST(linearizability, agrees_with_trying_every_order) {
  prng random{11};
  for (int round = 0; round < 3000; ++round) {
    std::vector<operation> history;
    for (std::uint64_t n = 1; n <= 5; ++n) {
      const auto from = between(random, 0s, 9s);
      const auto to = from + between(random, 1s, 6s);
      const auto kind = static_cast<operation_kind>(below(random, 3));
      history.push_back({.kind = kind,
                         .value = kind == operation_kind::read ? below(random, 6) : n % 5,
                         .expected = below(random, 4),
                         .seen = below(random, 4),
                         .invoked = from,
                         .answered = to});
    }
    std::vector<std::size_t> order{0, 1, 2, 3, 4};
    bool possible = false;
    do {
      std::uint64_t value = 0;
      bool fits = true;
      for (std::size_t a = 0; a < 5 && fits; ++a) {
        const auto& one = history[order[a]];
        for (auto b = a + 1; b < 5; ++b)
          fits = fits && !(history[order[b]].answered < one.invoked);
        const auto seen = one.kind == operation_kind::swap ? one.seen : one.value;
        fits = fits && (one.kind == operation_kind::write || seen == value);
        const bool writes = one.kind == operation_kind::write ||
                            (one.kind == operation_kind::swap && one.expected == value);
        value = writes ? one.value : value;
      }
      possible = possible || fits;
    } while (std::next_permutation(order.begin(), order.end()));
    ASSERT_EQ(check_linearizable(history),
              possible ? verdict::linearizable : verdict::not_linearizable)
        << "round " << round;
  }
}

// -- the cluster --------------------------------------------------------------------

TEST(simulation, a_seed_decides_everything) {
  for (const std::uint64_t seed : {5, 17}) {
    const auto first = raft_cluster(seed).run();
    const auto second = raft_cluster(seed).run();
    EXPECT_EQ(first.events, second.events);
    EXPECT_EQ(first.terms_led, second.terms_led);
    EXPECT_EQ(first.reads_answered, second.reads_answered);
    EXPECT_EQ(first.entries_committed, second.entries_committed);
  }
}

TEST(simulation, clusters_under_faults_keep_their_promises_and_recover) {
  std::uint64_t writes = 0;
  std::uint64_t reads = 0;
  std::uint64_t terms = 0;
  std::uint64_t histories = 0;
  std::uint64_t given_up = 0;
  constexpr std::uint64_t seeds = 250;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto report = raft_cluster(seed).run();
    EXPECT_FALSE(report.violation) << *report.violation << "\nsimulate raft --seed=" << seed;
    writes += report.writes_answered;
    reads += report.reads_answered;
    terms += report.terms_led;
    histories += report.histories;
    given_up += report.histories_given_up;
  }
  std::printf(
      "%llu seeds: %llu writes and %llu reads answered in %llu terms; %llu of %llu histories "
      "were too tangled to check\n",
      static_cast<unsigned long long>(seeds), static_cast<unsigned long long>(writes),
      static_cast<unsigned long long>(reads), static_cast<unsigned long long>(terms),
      static_cast<unsigned long long>(given_up), static_cast<unsigned long long>(histories));
  EXPECT_GT(writes, seeds * 50);  // a cluster that does nothing breaks nothing
  EXPECT_GT(reads, seeds * 50);
  EXPECT_GT(terms, seeds);
  EXPECT_LT(given_up, histories / 10);
}

TEST(simulation, seeds_that_once_found_something_pass) {
  std::ifstream list(std::string(TROUPE_SOURCE_DIR) + "/tests/simulation/regression_seeds.txt");
  ASSERT_TRUE(list);
  for (std::string line; std::getline(list, line);) {
    std::uint64_t seed = 0;
    if (line.empty() || line.front() == '#' || !(std::istringstream(line) >> seed))
      continue;
    const auto report = raft_cluster(seed).run();
    EXPECT_FALSE(report.violation) << *report.violation << "\nsimulate raft --seed=" << seed;
  }
}

// -- servers with a fault put into them ------------------------------------------------

constexpr int found_code = 9;

// Whether a checker says so. In a process of its own, for the server's own invariants may end it,
// which does not count: it need not have to do with the rule that was broken.
bool finds(std::uint64_t seed, mutant fault) {
  std::fflush(nullptr);
  const auto child = fork();
  if (child == 0) {
    std::freopen("/dev/null", "w", stderr);
    const auto found = raft_cluster(seed, fault).run().violation;
    if (found)
      std::printf("%s\n", found->c_str());
    std::fflush(stdout);
    _exit(found ? found_code : 0);
  }
  int outcome = 0;
  EXPECT_EQ(waitpid(child, &outcome, 0), child);
  return WIFEXITED(outcome) && WEXITSTATUS(outcome) == found_code;
}

class simulation_finds : public testing::TestWithParam<known_mutant> {};

TEST_P(simulation_finds, a_server_that_breaks_the_rules) {
  constexpr std::uint64_t seeds_max = 1000;
  const auto& sought = GetParam();
  auto seed = sought.found_by;
  const auto end = seed + seeds_max;
  while (seed < end && !finds(seed, sought.which))
    ++seed;
  ASSERT_LT(seed, end) << "no seed shows a server that " << sought.name;
  const auto alone = raft_cluster(seed).run();
  EXPECT_FALSE(alone.violation) << "seed " << seed << " fails by itself: " << *alone.violation;
  std::printf("simulate raft --seed=%llu --mutant=%s\n", static_cast<unsigned long long>(seed),
              std::string(sought.name).c_str());
}

INSTANTIATE_TEST_SUITE_P(that, simulation_finds, testing::ValuesIn(known_mutants),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace troupe::simulation
