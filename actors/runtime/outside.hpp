// Where time and randomness enter the program; cores are handed both.
#pragma once

#include <cstdint>

namespace troupe::actors {

std::int64_t unix_now_ns();

// Differs from call to call and from process to process.
std::uint64_t random_seed();

}  // namespace troupe::actors
