// How long a blocking query waits.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

#include "messages/limits.hpp"

namespace troupe::actors::reads {

using jitter_source = std::minstd_rand;

// What was asked for (0 or less: the default) and up to a sixteenth more, so that the queries of
// many clients that began together do not end together; at most limits::max_query_time.
inline std::chrono::milliseconds query_wait(std::int64_t wait_ms, jitter_source& random) {
  using namespace messages;
  using std::chrono::milliseconds;
  constexpr milliseconds longest = limits::max_query_time;
  milliseconds wait = limits::default_query_time;
  if (wait_ms > 0)
    wait = wait_ms < longest.count() ? milliseconds(wait_ms) : longest;
  std::uniform_int_distribution<std::int64_t> jitter_ms(0,
                                                        wait.count() / limits::wait_jitter_divisor);
  wait += milliseconds(jitter_ms(random));
  return wait < longest ? wait : longest;
}

}  // namespace troupe::actors::reads
