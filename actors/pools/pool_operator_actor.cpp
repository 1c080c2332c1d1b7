#include "actors/pools/pool_operator_actor.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/pools/pool_reports.hpp"
#include "actors/runtime/authorize.hpp"
#include "actors/runtime/errors.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::pools {

using messages::errc;
using messages::failure;

namespace {

// What a gossip_member answers from what it knows.
constexpr std::chrono::seconds local_timeout{5};
// It answers a keyring operation when its query's time is over at the latest.
constexpr auto keyring_timeout = m::limits::query_timeout_max + local_timeout;
// Of a join; the member gives each address a time of its own.
constexpr std::chrono::minutes join_timeout{5};

class pool_operator_state {
 public:
  using pointer = pool_operator_actor::stateful_pointer<pool_operator_state>;
  static constexpr const char* name = "pool_operator";

  explicit pool_operator_state(pointer self) : self_(self) {}

  pool_operator_actor::behavior_type start(pool_operator_needs needs) {
    needs_ = std::move(needs);
    return {
        // From the gateway.
        [this](m::JoinPool& join) { return on_join(join); },
        [this](const m::ForceLeave& order) { return on_force_leave(order); },
        // From the router.
        [this](const m::OperateKeyrings& operation) { return on_keyrings(operation); },
        [this](const m::DatacenterMapsQuery&) { return on_maps(); },
        [this](m::FireUserEvent& event) { return on_event(event); },
    };
  }

 private:
  static caf::error only_servers(const char* what) {
    return to_caf({errc::failed, std::string("Must be a server to ") + what});
  }

  // -- joining -------------------------------------------------------------------------

  caf::result<m::PoolJoined> on_join(m::JoinPool& join) {
    if (auto allowed = authorize(join.token(), resource::agent, {}, access::write); !allowed)
      return to_caf(allowed.error());
    if (join.wan() && !needs_.wan)
      return only_servers("join WAN cluster");
    auto promise = self_->make_response_promise<m::PoolJoined>();
    self_->request(join.wan() ? needs_.wan : needs_.lan, join_timeout, std::move(join))
        .then([promise](const m::PoolJoined& joined) mutable { promise.deliver(joined); },
              [promise](const caf::error& why) mutable { promise.deliver(why); });
    return promise;
  }

  // -- forced leaves -------------------------------------------------------------------

  // One member to be made leave, in whichever pools know it.
  struct leave {
    m::ForceLeave order;
    std::vector<std::pair<gossip_member_actor, std::string>> at;  // pool, name there
    bool found = false;
    caf::typed_response_promise<m::Done> promise;
  };

  caf::result<m::Done> on_force_leave(const m::ForceLeave& order) {
    if (auto allowed = authorize(order.token(), resource::operator_, {}, access::write); !allowed)
      return to_caf(allowed.error());
    if (order.wan() && !needs_.wan)
      return only_servers("force-leave a node from the WAN cluster");
    leave one{order, {}, false, self_->make_response_promise<m::Done>()};
    // Last one first. A server that failed did so in both pools.
    if (order.wan()) {
      one.at = {{needs_.wan, order.node()}};
    } else {
      if (needs_.wan)
        one.at.emplace_back(needs_.wan, order.node() + "." + needs_.datacenter);
      one.at.emplace_back(needs_.lan, order.node());
    }
    auto promise = one.promise;
    look_in_next_pool(std::move(one));
    return promise;
  }

  void look_in_next_pool(leave one) {
    if (one.at.empty()) {
      if (one.found)
        one.promise.deliver(m::Done());
      else
        one.promise.deliver(
            to_caf({errc::failed, "agent: No node found with name '" + one.order.node() + "'"}));
      return;
    }
    const auto [pool, member] = one.at.back();
    one.at.pop_back();
    const auto fail = [promise = one.promise](const caf::error& why) mutable {
      promise.deliver(why);
    };
    self_->request(pool, local_timeout, m::MembersQuery{})
        .then(
            [this, one, pool = pool, member = member](const m::Members& members) mutable {
              if (has_member(members, member))
                make_leave(std::move(one), pool, member);
              else
                look_in_next_pool(std::move(one));
            },
            fail);
  }

  void make_leave(leave one, const gossip_member_actor& pool, const std::string& member) {
    one.found = true;
    m::ForceLeave order = one.order;
    order.set_node(member);
    const auto fail = [promise = one.promise](const caf::error& why) mutable {
      promise.deliver(why);
    };
    self_->request(pool, local_timeout, std::move(order))
        .then([this, one](const m::Done&) mutable { look_in_next_pool(std::move(one)); }, fail);
  }

  // -- keyrings ------------------------------------------------------------------------

  struct keyring_round {
    m::OperateKeyrings operation;
    std::vector<pool_name> to_ask;  // last one first
    m::Keyrings reports;
    caf::typed_response_promise<m::Keyrings> promise;
  };

  // One pool after the other: a key must be in all pools before any is told to use it by the next
  // operation, and whoever reads the answer finds the pools in this order.
  caf::result<m::Keyrings> on_keyrings(const m::OperateKeyrings& operation) {
    const bool lists = operation.operation() == m::KeyringRequest::LIST;
    if (operation.local_only() && !lists)
      return to_caf(
          {errc::failed, "argument error: LocalOnly can only be used for List operations"});
    keyring_round round{operation,
                        {{.wan = false, .datacenter = needs_.datacenter}},
                        {},
                        self_->make_response_promise<m::Keyrings>()};
    if (needs_.wan && !operation.local_only())
      round.to_ask.push_back({.wan = true, .datacenter = needs_.datacenter});
    auto promise = round.promise;
    ask_next_keyring(std::move(round));
    return promise;
  }

  void ask_next_keyring(keyring_round round) {
    if (round.to_ask.empty()) {
      round.promise.deliver(std::move(round.reports));
      return;
    }
    const auto pool = round.to_ask.back();
    round.to_ask.pop_back();
    m::KeyringRequest request;
    request.set_token(round.operation.token());
    request.set_operation(round.operation.operation());
    request.set_key(round.operation.key());
    request.set_relay_factor(round.operation.relay_factor());
    request.set_local_only(round.operation.local_only());
    request.set_wan(pool.wan);
    auto go_on = [this, round = std::move(round)](m::PoolKeyring report) mutable {
      *round.reports.add_pools() = std::move(report);
      ask_next_keyring(std::move(round));
    };
    self_->request(pool.wan ? needs_.wan : needs_.lan, keyring_timeout, std::move(request))
        .then([pool,
               go_on](const m::KeyringReply& reply) mutable { go_on(keyring_report(pool, reply)); },
              [pool, go_on](const caf::error& why) mutable {
                go_on(keyring_report(pool, from_caf(why)));
              });
  }

  // -- the rest ------------------------------------------------------------------------

  caf::result<m::DatacenterMaps> on_maps() {
    if (!needs_.wan)
      return only_servers("know the datacenters' coordinates");
    auto promise = self_->make_response_promise<m::DatacenterMaps>();
    self_->request(needs_.wan, local_timeout, m::PoolCoordinatesQuery{})
        .then(
            [promise](const m::PoolCoordinates& known) mutable {
              promise.deliver(datacenter_maps(known));
            },
            [promise](const caf::error& why) mutable { promise.deliver(why); });
    return promise;
  }

  caf::result<m::Done> on_event(m::FireUserEvent& event) {
    auto promise = self_->make_response_promise<m::Done>();
    self_->request(needs_.lan, local_timeout, std::move(event))
        .then(
            [promise](const m::Done& done) mutable { promise.deliver(done); },
            [promise](const caf::error& why) mutable {
              auto reason = from_caf(why);
              promise.deliver(to_caf({errc::failed, "error broadcasting event: " + reason.detail}));
            });
    return promise;
  }

  pointer self_;
  pool_operator_needs needs_;
};

}  // namespace

pool_operator_actor spawn_pool_operator(caf::actor_system& system, pool_operator_needs needs) {
  return system.spawn([needs = std::move(needs)](pool_operator_state::pointer self) mutable {
    return self->state.start(std::move(needs));
  });
}

}  // namespace troupe::actors::pools
