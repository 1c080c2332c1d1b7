// simulate raft --seed=N | --seeds=A..B  [--mutation=NAME]
//
// Runs clusters in virtual time, each wholly decided by its seed. Prints for every failing run the
// line that repeats it, and what was found. Exit code 1 if any failed, 2 for bad arguments.
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include <unistd.h>

#include "tests/simulation/raft_cluster.hpp"

namespace {

using namespace troupe::simulation;

struct arguments {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  mutation fault = mutation::none;
};

constexpr mutation mutations[] = {
    mutation::forgets_its_vote,        mutation::forgets_its_term,
    mutation::answers_before_the_sync, mutation::reads_without_a_lease,
    mutation::clocks_out_of_bounds,
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

bool take_option(std::string_view option, arguments& into) {
  const auto equals = option.find('=');
  if (equals == std::string_view::npos)
    return false;
  const auto value = option.substr(equals + 1);
  const auto name = option.substr(0, equals);
  if (name == "--mutation") {
    for (const auto known : mutations) {
      if (value == to_text(known)) {
        into.fault = known;
        return true;
      }
    }
    return false;
  }
  const auto dots = value.find("..");
  const auto first = number(value.substr(0, dots));
  const auto last = dots == std::string_view::npos ? first : number(value.substr(dots + 2));
  if (!first || !last || *last < *first || (name != "--seed" && name != "--seeds"))
    return false;
  into.first = *first;
  into.last = *last;
  return true;
}

// A broken invariant of the server's own ends the process: the line to repeat it comes out all the
// same.
std::uint64_t running = 0;
void on_abort(int) {
  char line[64];
  const auto length = std::snprintf(line, sizeof line, "simulate raft --seed=%llu\n",
                                    static_cast<unsigned long long>(running));
  if (write(STDERR_FILENO, line, static_cast<std::size_t>(length)) < 0)
    _exit(3);
}

int usage() {
  std::fprintf(stderr, "usage: simulate raft --seed=N | --seeds=A..B [--mutation=NAME]\n");
  return 2;
}

bool run_one(std::uint64_t seed, const arguments& wanted) {
  const auto report = raft_cluster(seed, wanted.fault).run();
  if (wanted.first == wanted.last) {
    std::printf("%s\n", fault_plan::from_seed(seed).text().c_str());
    std::printf(
        "%llu events, %llu terms led, %llu entries, %llu writes and %llu reads answered, "
        "%llu crashes, %llu partitions, %llu histories given up\n",
        static_cast<unsigned long long>(report.events),
        static_cast<unsigned long long>(report.terms_led),
        static_cast<unsigned long long>(report.entries_committed),
        static_cast<unsigned long long>(report.writes_answered),
        static_cast<unsigned long long>(report.reads_answered),
        static_cast<unsigned long long>(report.crashes),
        static_cast<unsigned long long>(report.partitions),
        static_cast<unsigned long long>(report.histories_given_up));
  }
  if (!report.violation)
    return true;
  std::printf("simulate raft --seed=%llu%s%s\n    %s\n", static_cast<unsigned long long>(seed),
              wanted.fault == mutation::none ? "" : " --mutation=",
              wanted.fault == mutation::none ? "" : to_text(wanted.fault),
              report.violation->c_str());
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || std::string_view(argv[1]) != "raft")
    return usage();
  arguments wanted;
  for (int n = 2; n < argc; ++n) {
    if (!take_option(argv[n], wanted))
      return usage();
  }
  std::uint64_t failed = 0;
  const std::uint64_t runs = wanted.last - wanted.first + 1;
  running = wanted.first;
  std::signal(SIGABRT, on_abort);
  for (auto seed = wanted.first; seed <= wanted.last; running = ++seed)
    failed += run_one(seed, wanted) ? 0 : 1;
  std::printf("%llu of %llu runs failed\n", static_cast<unsigned long long>(failed),
              static_cast<unsigned long long>(runs));
  return failed == 0 ? 0 : 1;
}
