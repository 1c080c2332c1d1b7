// /v1/coordinate/...: section 3.6 of the API.
#pragma once

#include "gateway/http/endpoints/endpoint.hpp"
#include "messages/agent.pb.h"
#include "messages/coordinate.pb.h"

namespace troupe::gateway {

struct coordinate_datacenters {
  using message = m::DatacenterMapsQuery;
  using reply = m::DatacenterMaps;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct coordinate_nodes {
  using message = m::CoordinatesQuery;
  using reply = m::Coordinates;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct coordinate_node {
  using message = m::NodeCoordinatesQuery;
  using reply = m::Coordinates;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct coordinate_update {
  using message = m::UpdateCoordinate;
  using reply = m::Done;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

}  // namespace troupe::gateway
