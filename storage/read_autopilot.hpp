// Autopilot's configuration, from a read transaction.
#pragma once

#include <cstdint>

#include "messages/autopilot.pb.h"
#include "storage/transaction.hpp"

namespace troupe::storage {

// The index at which it was last written.
std::uint64_t read_autopilot(const read_transaction& txn, messages::AutopilotConfigurations& out);

}  // namespace troupe::storage
