// When this node's services and checks are compared with the catalog and when changes are sent, as
// a pure object. It never knows what they are: catalog_diff does.
//
// One turn: feed it an input, then take_output(); reading the catalog ends with on_catalog(),
// sending with on_sent(). The two never overlap.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>

#include "messages/limits.hpp"

namespace troupe::actors {

struct anti_entropy_options {
  std::chrono::nanoseconds interval = messages::limits::anti_entropy_interval;
  std::chrono::nanoseconds retry = messages::limits::anti_entropy_retry;
  // Until the catalog was read once: servers may still be on their way.
  std::chrono::nanoseconds first_retry = std::chrono::seconds{1};
};

// Full comparisons come less often in larger clusters, so that the servers' load grows with the
// logarithm of the number of nodes: 1 up to 128 of them, one more for each doubling.
int anti_entropy_scale(std::size_t nodes);

// At most one is set.
struct anti_entropy_duties {
  bool read_catalog = false;
  bool send_changes = false;
};

class anti_entropy_core {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // The first comparison is due at once.
  anti_entropy_core(anti_entropy_options options, std::mt19937_64& random, time_point now);

  // -- inputs --------------------------------------------------------------

  // A service or check changed: it is sent with the next turn; while something is under way, after
  // that, all changes together.
  void on_local_change();
  // The catalog was read and compared, or could not be.
  void on_catalog(bool read, std::size_t nodes, time_point now);
  // All commands were applied or refused for good; or one was not.
  void on_sent(bool all_applied, time_point now);

  // -- output --------------------------------------------------------------

  [[nodiscard]] anti_entropy_duties take_output(time_point now);
  // take_output() has something then; max(): not before the next input.
  time_point next_deadline() const;

 private:
  enum class phase : std::uint8_t { idle, reading, sending };

  void retry_later(time_point now);
  std::chrono::nanoseconds staggered(std::chrono::nanoseconds base);

  anti_entropy_options options_;
  std::mt19937_64* random_;
  phase phase_ = phase::idle;
  time_point full_due_;
  time_point changes_due_ = time_point::max();
  bool changed_ = false;
  bool ever_read_ = false;
};

}  // namespace troupe::actors
