#include "tests/simulation/fault_plan.hpp"

#include <array>
#include <sstream>

namespace troupe::simulation {

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
  return plan;
}

std::string fault_plan::text() const {
  const auto ms = [](duration d) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
  };
  std::ostringstream out;
  out << servers << " servers, " << clients << " clients, " << keys << " keys, reads " << reads
      << ", loss " << loss << ", duplication " << duplication << ", long delays " << long_delay
      << ", delay up to " << ms(delay_max) << " ms, slow disk " << slow_disk << ", crash every "
      << ms(crash_every) << " ms for up to " << ms(down_max) << " ms and after "
      << crash_after_write << " of writes, partition every " << ms(partition_every)
      << " ms for up to " << ms(partition_max) << " ms, clock drift " << clock_drift_permille
      << " permille, election timeout up to " << ms(election_timeout_max) << " ms, client patience "
      << ms(client_patience) << " ms";
  return out.str();
}

const char* to_text(mutation which) {
  switch (which) {
    case mutation::none:
      return "none";
    case mutation::forgets_its_vote:
      return "forgets_its_vote";
    case mutation::forgets_its_term:
      return "forgets_its_term";
    case mutation::answers_before_the_sync:
      return "answers_before_the_sync";
    case mutation::reads_without_a_lease:
      return "reads_without_a_lease";
    case mutation::clocks_out_of_bounds:
      return "clocks_out_of_bounds";
  }
  return "?";
}

}  // namespace troupe::simulation
