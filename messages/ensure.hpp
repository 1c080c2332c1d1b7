// ensure(condition): an invariant. It holds in every build; broken, the process ends, for its state
// can no longer be trusted.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <source_location>

namespace troupe::messages {

inline void ensure(bool condition, std::source_location where = std::source_location::current()) {
  if (condition) [[likely]]
    return;
  std::fprintf(stderr, "broken invariant at %s:%u in %s\n", where.file_name(), where.line(),
               where.function_name());
  std::abort();
}

}  // namespace troupe::messages
