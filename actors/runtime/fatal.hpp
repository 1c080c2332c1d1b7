// The end of the process for what cannot be survived: a failed sync of the log, a corrupt state.
#pragma once

#include <string_view>

namespace troupe::actors {

// Writes one line to standard error and ends the process with exit code 1, at once: no destructor
// runs, nothing more reaches a disk or a peer.
[[noreturn]] void fatal(std::string_view why);

}  // namespace troupe::actors
