// gossip_scale: how well failure detection works, at any size and settings, in virtual time.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/gossip_scale/live/live_command.hpp"
#include "bench/gossip_scale/paper_command.hpp"
#include "bench/gossip_scale/simulate_command.hpp"

namespace {

std::atomic<bool> stop{false};

// The first one lets whole runs be reported; the second ends the process as usual.
void on_interrupt(int signal) {
  stop = true;
  std::signal(signal, SIG_DFL);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (!args.empty() && args.front() == "simulate")
    return troupe::gossip_scale::simulate_command({args.begin() + 1, args.end()}, stop);
  if (!args.empty() && args.front() == "paper")
    return troupe::gossip_scale::paper_command({args.begin() + 1, args.end()}, stop);
  if (!args.empty() && args.front() == "live")
    return troupe::gossip_scale::live_command({args.begin() + 1, args.end()}, stop);
  std::fprintf(stderr, "usage: gossip_scale simulate|paper|live [options]; -help lists them\n");
  return 2;
}
