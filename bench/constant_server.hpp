// The yardstick: a Beast server that answers every request with the same bytes and does nothing
// else.
#pragma once

namespace troupe::bench {

// Serves until the process ends, on as many threads as the agent's gateway has.
void serve_constant(int port, int threads);

}  // namespace troupe::bench
