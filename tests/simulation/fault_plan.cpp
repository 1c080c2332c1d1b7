#include "tests/simulation/fault_plan.hpp"

#include <algorithm>
#include <array>
#include <sstream>

namespace troupe::simulation {

namespace {

// What a client may do, how the log is cut, who comes and goes.
void draw_servers(fault_plan& plan, prng& random) {
  plan.swaps = 0.4 * static_cast<double>(below(random, 100)) / 100;
  plan.deletes = 0.3 * static_cast<double>(below(random, 100)) / 100;
  if (chance(random, 0.3))
    plan.entries_per_message_max = 1 + static_cast<int>(below(random, 3));
  if (chance(random, 0.6)) {
    plan.snapshot_every = 10 + below(random, 150);
    plan.trailing_entries = below(random, 20);
    plan.piece_bytes = 8 + below(random, 200);
  }
  if (chance(random, 0.5)) {
    plan.spares = static_cast<int>(below(random, 3));
    plan.change_every = between(random, 50ms, 2s);
    plan.transfers = 0.8 * static_cast<double>(below(random, 100)) / 100;
    plan.wipes = chance(random, 0.4);
  }
}

// Two candidates at once, again and again, and crashes of those who vote.
void draw_duels(fault_plan& plan, prng& random) {
  plan.election_timeout_max = between(random, 152ms, 175ms);
  plan.delay_max = between(random, 5ms, 60ms);
  plan.crash_after_vote = 0.5;
  plan.isolate_new_leader = 0.5;
  plan.partition_max = between(random, 200ms, 800ms);
}

// Nobody else cuts links meanwhile, and the servers stay the same.
void aim(fault_plan& plan, plan_aim at, prng& random) {
  plan.aim = at;
  plan.partition_every = 0s;
  plan.isolate_new_leader = 0;
  plan.spares = 0;
  plan.change_every = 0s;
  plan.wipes = false;
  plan.loss = std::min(plan.loss, 0.05);
  plan.delay_max = std::min(plan.delay_max, duration{10ms});
  plan.slow_disk = std::min(plan.slow_disk, 0.02);
  plan.think_max = between(random, 2ms, 8ms);
  plan.client_patience = between(random, 20ms, 100ms);
  plan.clients = 4 + static_cast<int>(below(random, 3));
  if (at == plan_aim::old_term_on_a_majority) {
    plan.servers = 5;
    plan.entries_per_message_max = 1;
    plan.reads = 0.3;
    return;
  }
  plan.servers = chance(random, 0.7) ? 3 : 5;
  plan.keys = 1;
  plan.reads = 0.4 + 0.4 * static_cast<double>(below(random, 100)) / 100;
  if (at == plan_aim::handover_to_a_successor) {
    plan.change_every = between(random, 150ms, 500ms);
    plan.transfers = 1;
    return;
  }
  plan.clock_drift_permille = 24;
  plan.opposite_clocks = true;
  plan.election_timeout_max = between(random, 160ms, 250ms);
  plan.partition_max = between(random, 400ms, 900ms);
}

void draw_aim(fault_plan& plan, std::uint64_t seed, prng& random) {
  switch (seed % 16) {
    case 12:
      return aim(plan, plan_aim::old_term_on_a_majority, random);
    case 13:
      return aim(plan, plan_aim::handover_to_a_successor, random);
    case 14:
      return aim(plan, plan_aim::slow_leader_alone, random);
    default:
      return;
  }
}

}  // namespace

fault_plan fault_plan::from_seed(std::uint64_t seed) {
  prng random{seed ^ 0x9e3779b97f4a7c15ULL};
  fault_plan plan;
  constexpr std::array sizes{1, 3, 3, 3, 3, 5};
  plan.servers = sizes[below(random, sizes.size())];
  plan.clients = 2 + static_cast<int>(below(random, 4));
  plan.keys = chance(random, 0.5) ? 1 : 3;
  plan.think_max = between(random, 2ms, 30ms);
  if (chance(random, 0.6))
    plan.loss = 0.3 * static_cast<double>(below(random, 100)) / 100;
  if (chance(random, 0.4))
    plan.duplication = 0.3 * static_cast<double>(below(random, 100)) / 100;
  if (chance(random, 0.5))
    plan.long_delay = 0.2 * static_cast<double>(below(random, 100)) / 100;
  if (chance(random, 0.5))
    plan.slow_disk = 0.3 * static_cast<double>(below(random, 100)) / 100;
  if (chance(random, 0.3))
    plan.delay_max = between(random, 5ms, 60ms);
  if (chance(random, 0.7))
    plan.crash_every = between(random, 300ms, 4s);
  plan.down_max = between(random, 1ms, 2s);
  if (chance(random, 0.7))
    plan.partition_every = between(random, 300ms, 3s);
  plan.partition_max = between(random, 200ms, 3s);
  plan.clock_drift_permille = static_cast<int>(below(random, 25));  // two may differ by twice that
  if (chance(random, 0.5))
    plan.crash_after_write = 0.08 * static_cast<double>(below(random, 100)) / 100;
  if (chance(random, 0.4))
    plan.election_timeout_max = between(random, 170ms, 1200ms);  // few draws: split votes
  plan.reads = 0.2 + 0.7 * static_cast<double>(below(random, 100)) / 100;
  if (chance(random, 0.8))
    plan.client_patience = between(random, 20ms, 500ms);
  if (chance(random, 0.5))
    plan.pause_every = between(random, 300ms, 4s);
  plan.pause_max = between(random, 50ms, 2s);
  draw_servers(plan, random);
  if (chance(random, 0.15))
    draw_duels(plan, random);
  draw_aim(plan, seed, random);
  return plan;
}

std::string fault_plan::text() const {
  const auto ms = [](duration d) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
  };
  constexpr std::array aims{"", "aims at an old term's entry on a majority; ",
                            "aims at a handover to a successor not heard of; ",
                            "aims at a slow leader alone; "};
  std::ostringstream out;
  out << aims[static_cast<std::size_t>(aim)] << servers << " servers and " << spares << " spares, "
      << clients << " clients, " << keys << " keys, reads " << reads << ", swaps " << swaps
      << ", deletes " << deletes << "\n  loss " << loss << ", duplication " << duplication
      << ", long delays " << long_delay << ", delay up to " << ms(delay_max)
      << " ms, partition every " << ms(partition_every) << " ms for up to " << ms(partition_max)
      << " ms, new leaders isolated " << isolate_new_leader << "\n  slow disk " << slow_disk
      << ", crash every " << ms(crash_every) << " ms for up to " << ms(down_max) << " ms, after "
      << crash_after_write << " of writes and " << crash_after_vote << " of votes, pause every "
      << ms(pause_every) << " ms for up to " << ms(pause_max) << " ms\n  clock drift "
      << clock_drift_permille << (opposite_clocks ? " permille, opposite" : " permille")
      << ", election timeout up to " << ms(election_timeout_max) << " ms, client patience "
      << ms(client_patience) << " ms, entries a message " << entries_per_message_max
      << "\n  snapshot every " << snapshot_every << " entries in pieces of " << piece_bytes
      << " bytes, " << trailing_entries << " entries kept, servers change every "
      << ms(change_every) << " ms, transfers " << transfers << (wipes ? ", wipes" : "");
  return out.str();
}

}  // namespace troupe::simulation
