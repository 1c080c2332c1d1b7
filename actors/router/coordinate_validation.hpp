// Whether a coordinate can be taken into the catalog. Pure.
#pragma once

#include "messages/coordinate.pb.h"
#include "messages/result.hpp"

namespace troupe::actors::router {

// Fails with errc::failed and Consul's text.
messages::result<void> validate_coordinate(const messages::CoordinateEntry& entry);

}  // namespace troupe::actors::router
