#include "actors/router/query_validation.hpp"

#include <string>

#include "messages/go_duration.hpp"
#include "messages/go_quote.hpp"
#include "messages/limits.hpp"
#include "messages/query/query_template.hpp"

namespace troupe::actors::router {

namespace m = messages;
using m::errc;
using m::failure;
using m::result;

namespace {

constexpr std::size_t uuid_characters = 36;
// How lists hide tokens from those who may not see them.
constexpr std::string_view hidden_token = "<hidden>";

// Each: why it is refused; empty: it is not.

std::string vet_owner(const m::PreparedQuery& query) {
  if (query.name().empty() && query.template_().type().empty() && query.session().empty() &&
      query.token().empty())
    return "Must be bound to a session";
  if (query.token() == hidden_token)
    return "Bad Token '" + query.token() +
           "', it looks like a query definition with a redacted token was submitted";
  if (query.name().size() > m::limits::query_name_bytes_max)
    return "the name is longer than " + std::to_string(m::limits::query_name_bytes_max) + " bytes";
  return {};
}

std::string vet_node_meta(const m::QueryService& service) {
  const auto refused = [](const std::string& why) { return "Invalid NodeMeta filter: " + why; };
  if (service.node_meta_size() > static_cast<int>(m::limits::meta_pairs_max))
    return refused("Node metadata cannot contain more than " +
                   std::to_string(m::limits::meta_pairs_max) + " key/value pairs");
  for (const auto& [key, value] : service.node_meta()) {
    if (key.empty())
      return refused("Couldn't load metadata pair ('" + key + "', '" + value +
                     "'): Key cannot be blank");
    if (key.size() > m::limits::meta_key_bytes_max)
      return refused("Couldn't load metadata pair ('" + key + "', '" + value +
                     "'): Key is too long (limit: " +
                     std::to_string(m::limits::meta_key_bytes_max) + " characters)");
    if (value.size() > m::limits::meta_value_bytes_max)
      return refused("Couldn't load metadata pair ('" + key + "', '" + value +
                     "'): Value is too long (limit: " +
                     std::to_string(m::limits::meta_value_bytes_max) + " characters)");
  }
  return {};
}

std::string vet_service(const m::QueryService& service) {
  const auto& failover = service.failover();
  if (service.service().empty())
    return "Must provide a Service name to query";
  if (failover.nearest_n() < 0)
    return "Bad NearestN '" + std::to_string(failover.nearest_n()) + "', must be >= 0";
  if ((failover.nearest_n() != 0 || !failover.datacenters().empty()) && !failover.targets().empty())
    return "Targets cannot be populated with NearestN or Datacenters";
  return vet_node_meta(service);
}

std::string vet_dns(const m::QueryDns& dns) {
  if (dns.ttl().empty())
    return {};
  const auto ttl = m::parse_go_duration(dns.ttl());
  if (!ttl)
    return "Bad DNS TTL '" + dns.ttl() + "': " + ttl.error().detail;
  if (ttl->count() < 0)
    return "DNS TTL '" + std::to_string(ttl->count()) + "', must be >=0";
  return {};
}

}  // namespace

result<void> validate_query_id(std::string_view id) {
  if (id.size() == uuid_characters)
    return {};
  return failure{errc::failed,
                 "Prepared Query lookup failed: failed prepared query lookup: index error: UUID "
                 "must be 36 characters"};
}

result<void> validate_query(const m::PreparedQuerySet& command) {
  const auto& query = command.query();
  if (auto id = validate_query_id(query.id()); !id)
    return id;
  for (const auto& why : {vet_owner(query), vet_service(query.service()), vet_dns(query.dns())}) {
    if (!why.empty())
      return failure{errc::failed, "Invalid prepared query: " + why};
  }
  if (query.template_().type().empty())
    return {};
  if (auto sound = m::query::check_query_template(query); !sound)
    return failure{errc::failed,
                   "raft apply failed: failed compiling template: " + sound.error().detail};
  return {};
}

}  // namespace troupe::actors::router
