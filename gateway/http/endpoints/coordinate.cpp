#include "gateway/http/endpoints/coordinate.hpp"

#include <algorithm>

namespace troupe::gateway {

using m::result;

namespace {

constexpr meta_style coordinate_style{.effective_consistency = false};

// [?segment=]
void keep_segment(const api_request& http, m::Coordinates& answer) {
  if (!http.has("segment"))
    return;
  const auto segment = http.value("segment");
  auto& rows = *answer.mutable_coordinates();
  const auto rest = std::remove_if(rows.begin(), rows.end(),
                                   [&](const auto& row) { return row.segment() != segment; });
  rows.erase(rest, rows.end());
}

}  // namespace

result<m::DatacenterMapsQuery> coordinate_datacenters::parse(api_request& http) {
  m::DatacenterMapsQuery query;
  query.set_token(token_of(http));
  return query;
}

api_response coordinate_datacenters::render(m::DatacenterMaps& answer, const api_request& http) {
  return array_response(answer.maps(), http);
}

result<m::CoordinatesQuery> coordinate_nodes::parse(api_request& http) {
  return read_query<m::CoordinatesQuery>(http);
}

api_response coordinate_nodes::render(m::Coordinates& answer, const api_request& http) {
  keep_segment(http, answer);
  return list_response(answer.meta(), answer.coordinates(), http, coordinate_style);
}

result<m::NodeCoordinatesQuery> coordinate_node::parse(api_request& http) {
  auto query = read_query<m::NodeCoordinatesQuery>(http);
  if (query)
    query->set_node(std::string(http.path_tail()));
  return query;
}

// Without the query's headers, where there is nothing.
api_response coordinate_node::render(m::Coordinates& answer, const api_request& http) {
  keep_segment(http, answer);
  if (answer.coordinates().empty()) {
    api_response response;
    response.status = 404;
    return response;
  }
  return list_response(answer.meta(), answer.coordinates(), http, coordinate_style);
}

result<m::UpdateCoordinate> coordinate_update::parse(api_request& http) {
  m::CoordinateUpdateBody body;
  if (auto bad = decode_body(http, body); !bad)
    return bad.error();
  m::UpdateCoordinate update;
  auto& options = *update.mutable_options();
  options.set_token(token_of(http));
  const auto datacenter = http.value("dc");
  options.set_datacenter(datacenter.empty() ? body.datacenter() : std::string(datacenter));
  auto& entry = *update.mutable_entry();
  entry.set_node(std::move(*body.mutable_node()));
  entry.set_segment(std::move(*body.mutable_segment()));
  *entry.mutable_coord() = std::move(*body.mutable_coord());
  return update;
}

api_response coordinate_update::render(m::Done& /*answer*/, const api_request& /*http*/) {
  return empty_response();
}

}  // namespace troupe::gateway
