#include "actors/runtime/fatal.hpp"

#include <cstdio>

#include <unistd.h>

namespace troupe::actors {

void fatal(std::string_view why) {
  std::fprintf(stderr, "==> %.*s\n", static_cast<int>(why.size()), why.data());
  std::fflush(stderr);
  _exit(1);
}

}  // namespace troupe::actors
