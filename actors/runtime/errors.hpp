// A failure at the mailbox: messages::failure to caf::error and back, nowhere else.
#pragma once

#include <caf/error.hpp>

#include "messages/result.hpp"

namespace troupe::actors {

caf::error to_caf(const messages::failure& why);

// An error of CAF's own (a dead actor, a broken link) becomes errc::unavailable with its text.
messages::failure from_caf(const caf::error& why);

}  // namespace troupe::actors
