#include "actors/router/router_actor.hpp"

#include <utility>

#include <caf/actor_system.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>
#include <caf/result.hpp>

#include "actors/router/permissions.hpp"
#include "actors/router/write_validation.hpp"
#include "actors/runtime/errors.hpp"

namespace troupe::actors::router {

using messages::errc;
using messages::failure;
using messages::result;

namespace {

// What stands in the way of a read before anybody looks at the state.
template <class Request>
result<void> check_read(const Request& request, const std::string& own_datacenter) {
  const auto& datacenter = request.options().datacenter();
  if (!datacenter.empty() && datacenter != own_datacenter)
    return failure{errc::failed, "No path to datacenter"};
  return permit(request);
}

result<void> check_write(m::Propose& request, const std::string& own_datacenter) {
  const auto& datacenter = request.options().datacenter();
  if (!datacenter.empty() && datacenter != own_datacenter)
    return failure{errc::failed, "No path to datacenter"};
  if (auto valid = validate_write(*request.mutable_command(), own_datacenter); !valid)
    return valid;
  return permit(request);
}

// Moves the request on; who gets it answers in our stead.
template <class Reply, class Request, class Target>
caf::result<Reply> pass_on(router_state& self, const Target& target, Request& request,
                           const result<void>& allowed) {
  if (!allowed)
    return to_caf(allowed.error());
  return self.delegate(target, std::move(request));
}

}  // namespace

router_actor::behavior_type router_state::make_behavior() {
  const auto key_read = [this](auto& request, const std::string& key) {
    using reply = std::conditional_t<std::is_same_v<std::decay_t<decltype(request)>, m::KvKeys>,
                                     m::KvKeyNames, m::KvEntries>;
    auto allowed = validate_key(key);
    if (allowed)
      allowed = check_read(request, needs_.datacenter);
    return pass_on<reply>(*this, needs_.kv_shard, request, allowed);
  };
  const auto catalog_read = [this](auto& request, auto reply) {
    return pass_on<decltype(reply)>(*this, needs_.catalog, request,
                                    check_read(request, needs_.datacenter));
  };
  return {
      // From the gateway, and from other actors of this node.
      [key_read](m::KvGet& request) { return key_read(request, request.key()); },
      [key_read](m::KvList& request) { return key_read(request, request.prefix()); },
      [key_read](m::KvKeys& request) { return key_read(request, request.prefix()); },
      [catalog_read](m::NodesQuery& request) { return catalog_read(request, m::Nodes()); },
      [catalog_read](m::ServicesQuery& request) { return catalog_read(request, m::Services()); },
      [catalog_read](m::ServiceNodesQuery& request) {
        return catalog_read(request, m::ServiceNodes());
      },
      [catalog_read](m::NodeServicesQuery& request) {
        return catalog_read(request, m::NodeServices());
      },
      [catalog_read](m::NodeChecksQuery& request) {
        return catalog_read(request, m::HealthChecks());
      },
      [catalog_read](m::ServiceChecksQuery& request) {
        return catalog_read(request, m::HealthChecks());
      },
      [catalog_read](m::ChecksInStateQuery& request) {
        return catalog_read(request, m::HealthChecks());
      },
      [catalog_read](m::ServiceHealthQuery& request) {
        return catalog_read(request, m::ServiceHealth());
      },
      [catalog_read](m::CaRootsQuery& request) { return catalog_read(request, m::CaRoots()); },
      [this](m::Propose& request) {
        return pass_on<m::CommandResult>(*this, needs_.raft_peer, request,
                                         check_write(request, needs_.datacenter));
      },
      [this](m::RaftStatusQuery& request) {
        return pass_on<m::RaftStatus>(*this, needs_.raft_peer, request, {});
      },
      [this](const m::DatacentersQuery&) {
        m::Datacenters known;
        known.add_names(needs_.datacenter);
        return known;
      },
      // Tickets are not told apart here: the reader that does not know one does nothing.
      [this](const m::CancelQuery& cancel) {
        send(needs_.kv_shard, cancel);
        send(needs_.catalog, cancel);
      },
  };
}

void router_state::on_exit() {
  needs_.kv_shard = nullptr;
  needs_.catalog = nullptr;
  needs_.raft_peer = nullptr;
}

router_actor spawn_router(caf::actor_system& system, io_thread& home, router_needs needs) {
  return system.spawn<router_state>(std::ref(home), std::move(needs));
}

}  // namespace troupe::actors::router
