// ensure(condition): an invariant. It holds in every build; broken, the process ends, for its state
// can no longer be trusted.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace troupe::messages {

// The defaults name the caller's place (std::source_location is not known to every clang).
inline void ensure(bool condition, const char* file = __builtin_FILE(),
                   const char* function = __builtin_FUNCTION(), int line = __builtin_LINE()) {
  if (condition) [[likely]]
    return;
  std::fprintf(stderr, "broken invariant at %s:%d in %s\n", file, line, function);
  std::abort();
}

}  // namespace troupe::messages
