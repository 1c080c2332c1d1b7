// simulate raft --seed=N | --seeds=A..B  [--mutant=NAME]
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
  mutant fault = mutant::none;
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
  if (name == "--mutant") {
    for (const auto& known : known_mutants) {
      if (value == known.name)
        into.fault = known.which;
    }
    return into.fault != mutant::none;
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
  std::fprintf(stderr, "usage: simulate raft --seed=N | --seeds=A..B [--mutant=NAME]\nmutants:\n");
  for (const auto& known : known_mutants)
    std::fprintf(stderr, "  %s\n", std::string(known.name).c_str());
  return 2;
}

unsigned long long shown(std::uint64_t number) {
  return number;
}

void print(const run_report& report) {
  std::printf(
      "%llu events, %llu terms led, %llu entries, %llu writes and %llu reads answered, %llu "
      "crashes, %llu pauses, %llu partitions,\n%llu changes of servers, %llu transfers, %llu "
      "wipes, "
      "%llu snapshots installed, %llu histories given up\n",
      shown(report.events), shown(report.terms_led), shown(report.entries_committed),
      shown(report.writes_answered), shown(report.reads_answered), shown(report.crashes),
      shown(report.pauses), shown(report.partitions), shown(report.servers_changed),
      shown(report.transfers), shown(report.wipes), shown(report.snapshots_installed),
      shown(report.histories_given_up));
}

void add(run_report& sum, const run_report& one) {
  sum.events += one.events;
  sum.terms_led += one.terms_led;
  sum.entries_committed += one.entries_committed;
  sum.writes_answered += one.writes_answered;
  sum.reads_answered += one.reads_answered;
  sum.crashes += one.crashes;
  sum.pauses += one.pauses;
  sum.partitions += one.partitions;
  sum.servers_changed += one.servers_changed;
  sum.transfers += one.transfers;
  sum.wipes += one.wipes;
  sum.snapshots_installed += one.snapshots_installed;
  sum.histories_given_up += one.histories_given_up;
}

bool run_one(std::uint64_t seed, const arguments& wanted, run_report& sum) {
  const auto report = raft_cluster(seed, wanted.fault).run();
  if (wanted.first == wanted.last)
    std::printf("%s\n", fault_plan::from_seed(seed).text().c_str());
  add(sum, report);
  if (!report.violation)
    return true;
  const auto name = std::string(describe(wanted.fault).name);
  std::printf("simulate raft --seed=%llu%s%s\n    %s\n", shown(seed),
              wanted.fault == mutant::none ? "" : " --mutant=",
              wanted.fault == mutant::none ? "" : name.c_str(), report.violation->c_str());
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
  run_report sum;
  const std::uint64_t runs = wanted.last - wanted.first + 1;
  running = wanted.first;
  std::signal(SIGABRT, on_abort);
  for (auto seed = wanted.first; seed <= wanted.last; running = ++seed)
    failed += run_one(seed, wanted, sum) ? 0 : 1;
  print(sum);
  std::printf("%llu of %llu runs failed\n", static_cast<unsigned long long>(failed),
              static_cast<unsigned long long>(runs));
  return failed == 0 ? 0 : 1;
}
