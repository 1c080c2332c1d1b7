#include "actors/router/coordinate_validation.hpp"

#include "messages/coordinate_distance.hpp"

namespace troupe::actors::router {

using messages::errc;
using messages::failure;

messages::result<void> validate_coordinate(const messages::CoordinateEntry& entry) {
  if (!messages::is_finite(entry.coord()))
    return failure{errc::failed, "invalid coordinate"};
  if (entry.coord().vec_size() != messages::coordinate_dimensions)
    return failure{errc::failed, "incompatible coordinate"};
  return {};
}

}  // namespace troupe::actors::router
