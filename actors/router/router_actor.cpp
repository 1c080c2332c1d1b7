#include "actors/router/router_actor.hpp"

#include <utility>

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>
#include <caf/result.hpp>

#include "actors/router/coordinate_validation.hpp"
#include "actors/router/permissions.hpp"
#include "actors/router/txn_validation.hpp"
#include "actors/router/write_validation.hpp"
#include "actors/runtime/errors.hpp"

namespace troupe::actors::router {

using messages::errc;
using messages::failure;
using messages::result;

namespace {

result<void> check_datacenter(const std::string& asked_for, const std::string& own) {
  if (asked_for.empty() || asked_for == own)
    return {};
  return failure{errc::failed, "No path to datacenter"};
}

// What stands in the way of a read before anybody looks at the state.
template <class Request>
result<void> check_read(const Request& request, const std::string& own_datacenter) {
  auto reachable = check_datacenter(request.options().datacenter(), own_datacenter);
  return reachable ? permit(request) : reachable;
}

result<void> check_write(m::Propose& request, const std::string& own_datacenter) {
  if (auto reachable = check_datacenter(request.options().datacenter(), own_datacenter); !reachable)
    return reachable;
  if (auto valid = validate_write(*request.mutable_command(), own_datacenter); !valid)
    return valid;
  return permit(request);
}

// What depends on the leader's clock or needs an id made by it.
bool is_for_the_keeper(const m::Command& command) {
  switch (command.kind_case()) {
    case m::Command::kKv:
      return command.kv().verb() == m::KvWrite::LOCK;
    case m::Command::kSessionCreate:
    case m::Command::kSessionDestroy:
    case m::Command::kTxn:
      return true;
    default:
      return false;
  }
}

}  // namespace

// -- where a request goes ------------------------------------------------------------

// Moves the request on; who gets it answers in our stead.
template <class Reply, class Request, class Target>
caf::result<Reply> router_state::pass_on(const Target& here, Request& request,
                                         const result<void>& allowed) {
  if (!allowed)
    return to_caf(allowed.error());
  if (is_client())
    return forward<Reply>(request, repeat::allowed, answerer::any_server);
  return delegate(here, std::move(request));
}

template <class Reply, class Request, class Target>
caf::result<Reply> router_state::pass_to_leader(const Target& here, Request& request,
                                                const result<void>& allowed, repeat when) {
  if (!allowed)
    return to_caf(allowed.error());
  if (is_client() || is_for_another(request))
    return forward<Reply>(request, when, answerer::the_leader);
  return delegate(here, std::move(request));
}

template <class Reply, class Request>
caf::result<Reply> router_state::forward(Request& request, repeat when, answerer whose) {
  if constexpr (requires { request.mutable_options()->set_ticket(1); }) {
    if (request.options().ticket() != 0)
      request.mutable_options()->set_ticket(request.options().ticket() ^ ticket_mask_);
  }
  auto promise = make_response_promise<Reply>();
  std::make_shared<forwarded_request<router_state, Request, Reply>>(
      *this, caf::strong_actor_ptr(ctrl()), std::move(request), promise, when, whose)
      ->send();
  return promise;
}

std::optional<next_stop> router_state::next_hop(answerer whose) {
  const auto& others = needs_.others;
  if (!others.find)
    return std::nullopt;
  if (is_client())
    return next_hop_of_client(whose);
  // It has come to lead in the meantime.
  if (needs_.leads->leads())
    return next_stop{{}, caf::actor_cast<router_actor>(this), false};
  const auto leader = needs_.leads->leader();
  auto router = leader ? others.find(*leader) : std::nullopt;
  if (!router)
    return std::nullopt;
  return next_stop{*leader, std::move(*router), true};
}

std::optional<next_stop> router_state::next_hop_of_client(answerer whose) {
  const auto& others = needs_.others;
  const bool to_leader = whose == answerer::the_leader;
  if (to_leader && believed_leader_ && !believed_leader_->empty()) {
    if (auto router = others.find(*believed_leader_))
      return next_stop{*believed_leader_, std::move(*router), true};
  }
  const bool asks_who_leads = to_leader && !believed_leader_;
  if (to_leader)
    believed_leader_.reset();  // the next one asks anew
  std::string id = choice_.current(now());
  auto router = id.empty() ? std::nullopt : others.find(id);
  if (!router) {
    id = choice_.draw(others.ids(), now());
    router = others.find(id);
  }
  if (!router)
    return std::nullopt;
  return next_stop{std::move(id), std::move(*router), asks_who_leads};
}

bool router_state::learned_leader(const std::string& id) {
  if (!is_client() || believed_leader_ == id)
    return false;
  believed_leader_ = id;  // empty: whoever is asked next waits for there to be one
  return true;
}

void router_state::hop_failed(const std::string& id) {
  choice_.failed(id);
  if (believed_leader_ == id)
    believed_leader_.reset();
}

std::string router_state::nobody_known() const {
  return is_client() ? "No known Consul servers" : "No cluster leader";
}

std::chrono::steady_clock::time_point router_state::now() const {
  return system().clock().now();
}

std::chrono::nanoseconds router_state::retry_pause() {
  return messages::limits::forward_retry_pause * (1000 + choice_.random() % 1000) / 1000;
}

void router_state::post_after(std::chrono::nanoseconds pause, std::function<void()> work) {
  home().post_after(pause, std::move(work));
}

// A table, a line a message. NOLINTNEXTLINE(readability-function-size)
router_actor::behavior_type router_state::make_behavior() {
  const auto key_read = [this](auto& request, const std::string& key) {
    using reply = std::conditional_t<std::is_same_v<std::decay_t<decltype(request)>, m::KvKeys>,
                                     m::KvKeyNames, m::KvEntries>;
    auto allowed = validate_key(key);
    if (allowed)
      allowed = check_read(request, needs_.datacenter);
    return pass_on<reply>(needs_.kv_shard, request, allowed);
  };
  const auto catalog_read = [this](auto& request, auto reply) {
    return pass_on<decltype(reply)>(needs_.catalog, request,
                                    check_read(request, needs_.datacenter));
  };
  const auto to_pools = [this](auto& request, result<void> allowed, auto reply) {
    if (allowed && !needs_.pools && !is_client())
      allowed = failure{errc::failed, "No known Consul servers"};
    return pass_on<decltype(reply)>(needs_.pools, request, allowed);
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
      [this, catalog_read](m::CaRootsQuery& request) -> caf::result<m::CaRoots> {
        if (!needs_.connect_enabled)
          return to_caf({errc::failed, "Connect must be enabled in order to use this endpoint"});
        return catalog_read(request, m::CaRoots());
      },
      [catalog_read](m::AutopilotConfigurationQuery& request) {
        return catalog_read(request, m::AutopilotConfigurations());
      },
      [this](m::AutopilotStateQuery& request) {
        return to_autopilot<m::AutopilotState>(request, repeat::allowed);
      },
      [this](m::RaftServersQuery& request) {
        if (request.stale())
          request.mutable_options()->set_forwarded(true);  // whoever gets it may answer
        return to_autopilot<m::RaftServerRows>(request, repeat::allowed);
      },
      [this](m::OperateRaft& request) {
        return to_autopilot<m::Done>(request, repeat::only_if_not_sent);
      },
      [catalog_read](m::SessionInfo& request) { return catalog_read(request, m::Sessions()); },
      [catalog_read](m::NodeSessions& request) { return catalog_read(request, m::Sessions()); },
      [catalog_read](m::SessionList& request) { return catalog_read(request, m::Sessions()); },
      [this](m::SessionRenew& request) {
        return pass_to_leader<m::Sessions>(needs_.session_keeper, request,
                                           check_read(request, needs_.datacenter), repeat::allowed);
      },
      [this](m::TxnRead& request) { return read_txn(request); },
      [this](m::Propose& request) { return propose(request); },
      [this](m::RaftStatusQuery& request) {
        return pass_on<m::RaftStatus>(needs_.raft_peer, request,
                                      check_datacenter(request.datacenter(), needs_.datacenter));
      },
      [this](const m::DatacentersQuery&) {
        m::Datacenters known;
        known.add_names(needs_.datacenter);
        return known;
      },
      [catalog_read](m::CoordinatesQuery& request) {
        return catalog_read(request, m::Coordinates());
      },
      [catalog_read](m::NodeCoordinatesQuery& request) {
        return catalog_read(request, m::Coordinates());
      },
      [this](m::UpdateCoordinate& request) { return update_coordinate(request); },
      [catalog_read](m::PreparedQueriesQuery& request) {
        return catalog_read(request, m::PreparedQueries());
      },
      [catalog_read](m::PreparedQueryGet& request) {
        return catalog_read(request, m::PreparedQueries());
      },
      [this, catalog_read](m::PreparedQueryExecute& request) {
        if (request.shuffle_seed() == 0)
          request.set_shuffle_seed(choice_.random());
        return catalog_read(request, m::PreparedQueryResult());
      },
      [catalog_read](m::PreparedQueryExplain& request) {
        return catalog_read(request, m::PreparedQueryExplained());
      },
      [to_pools](m::DatacenterMapsQuery& request) {
        return to_pools(request, {}, m::DatacenterMaps());
      },
      [to_pools](m::OperateKeyrings& request) {
        return to_pools(request, permit(request), m::Keyrings());
      },
      [this, to_pools](m::FireUserEvent& request) {
        const auto reachable = check_datacenter(request.datacenter(), needs_.datacenter);
        return to_pools(request, reachable ? permit(request) : reachable, m::Done());
      },
      // Tickets are not told apart here: the reader that does not know one does nothing.
      [this](const m::CancelQuery& cancel) {
        if (is_client())
          return cancel_elsewhere(cancel);
        send(needs_.kv_shard, cancel);
        send(needs_.catalog, cancel);
      },
  };
}

// A link passes on only what names a query of its own.
void router_state::cancel_elsewhere(m::CancelQuery cancel) {
  cancel.set_ticket(cancel.ticket() ^ ticket_mask_);
  for (const auto& id : needs_.others.ids()) {
    if (const auto router = needs_.others.find(id))
      send(*router, cancel);
  }
}

caf::result<m::Done> router_state::update_coordinate(m::UpdateCoordinate& request) {
  auto allowed = check_datacenter(request.options().datacenter(), needs_.datacenter);
  if (allowed)
    allowed = validate_coordinate(request.entry());
  if (allowed)
    allowed = permit(request);
  if (allowed && !needs_.coordinates && !is_client())
    allowed = failure{errc::no_leader, "No cluster leader"};
  return pass_to_leader<m::Done>(needs_.coordinates, request, allowed, repeat::allowed);
}

template <class Reply, class Request>
caf::result<Reply> router_state::to_autopilot(Request& request, repeat when) {
  return pass_to_leader<Reply>(needs_.autopilot, request, check_read(request, needs_.datacenter),
                               when);
}

// At the first router, so that the request keeps its id wherever it goes.
void router_state::give_query_id(m::Propose& request) const {
  if (!request.command().has_query_set() || !needs_.new_id)
    return;
  auto& set = *request.mutable_command()->mutable_query_set();
  if (set.create() && set.query().id().empty())
    set.mutable_query()->set_id(needs_.new_id());
}

caf::result<m::CommandResult> router_state::propose(m::Propose& request) {
  give_query_id(request);
  const auto allowed = check_write(request, needs_.datacenter);
  auto& command = *request.mutable_command();
  if (allowed && command.has_txn()) {
    auto refused = vet_txn(*command.mutable_txn()->mutable_ops(), needs_.datacenter);
    if (!refused.errors().empty()) {
      m::CommandResult answer;
      *answer.mutable_txn() = std::move(refused);
      return answer;
    }
  }
  if (is_for_the_keeper(command))
    return pass_to_leader<m::CommandResult>(needs_.session_keeper, request, allowed,
                                            repeat::only_if_not_sent);
  return pass_to_leader<m::CommandResult>(needs_.raft_peer, request, allowed,
                                          repeat::only_if_not_sent);
}

caf::result<m::TxnReadReply> router_state::read_txn(m::TxnRead& request) {
  const auto allowed = check_read(request, needs_.datacenter);
  auto refused = vet_txn(*request.mutable_ops(), needs_.datacenter);
  if (allowed && !refused.errors().empty()) {
    m::TxnReadReply answer;
    *answer.mutable_outcome() = std::move(refused);
    return answer;
  }
  return pass_on<m::TxnReadReply>(needs_.catalog, request, allowed);
}

void router_state::on_exit() {
  needs_.kv_shard = nullptr;
  needs_.catalog = nullptr;
  needs_.raft_peer = nullptr;
  needs_.session_keeper = nullptr;
  needs_.coordinates = nullptr;
  needs_.pools = nullptr;
  needs_.autopilot = nullptr;
  needs_.others = {};
}

router_actor spawn_router(caf::actor_system& system, io_thread& home, router_needs needs) {
  return system.spawn<router_state>(std::ref(home), std::move(needs));
}

}  // namespace troupe::actors::router
