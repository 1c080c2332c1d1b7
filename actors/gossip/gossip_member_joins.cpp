// The gossip_member's joins: addresses are looked up, members are asked for a push/pull.
#include <utility>

#include <caf/actor_cast.hpp>

#include "actors/gossip/gossip_member_actor.hpp"

namespace troupe::actors {

using messages::result;

caf::result<m::PoolJoined> gossip_member::on_join(const m::JoinPool& request) {
  auto promise = make_response_promise<m::PoolJoined>();
  go_on(std::make_shared<running_join>(
      running_join{gossip::join_round(request, parts_->settings.pool.advertise.port), promise}));
  carry_out();
  return promise;
}

void gossip_member::go_on(const join_pointer& join) {
  for (const auto& at : join->round.take_next())
    try_address(join, at);
  if (!join->round.is_done())
    return;
  if (join->round.result().joined() > 0)
    pool_->serf().on_join_succeeded(now());
  join->promise.deliver(join->round.result());
}

void gossip_member::try_address(const join_pointer& join, const gossip::join_address& at) {
  if (const auto ip = gossip::ip_address::parse(at.host); ip)
    return try_endpoint(join, at, {*ip, at.port});
  parts_->sockets->resolve(at.host, at.port,
                           [this, join, at](gossip::gossip_sockets::resolved found) {
                             if (!found) {
                               join->round.on_failed(at, found.error().detail);
                             } else {
                               join->round.on_resolved(found->size());
                               for (const auto& where : *found)
                                 try_endpoint(join, at, where);
                             }
                             go_on(join);
                             carry_out();
                           });
}

void gossip_member::try_endpoint(const join_pointer& join, const gossip::join_address& at,
                                 const gossip::endpoint& where) {
  join_one(where, join->round.ignores_old_events(), [this, join, at](result<void> outcome) {
    if (outcome)
      join->round.on_joined(at);
    else
      join->round.on_failed(at, outcome.error().detail);
    go_on(join);
  });
}

void gossip_member::join_one(const gossip::endpoint& where, bool ignores_old_events,
                             joined_handler then) {
  if (const auto number = pool_->join(where, ignores_old_events, now())) {
    joins_.emplace(*number, std::move(then));
    return;
  }
  // Later, as any other answer: whoever asks is not done asking.
  home().post([this, self = caf::actor_cast<caf::strong_actor_ptr>(this), then = std::move(then)] {
    if (pool_)
      then(messages::failure{messages::errc::too_many_requests, "too many streams are under way"});
  });
}

// One after the other, the last of the list first, until one works.
void gossip_member::rejoin(std::vector<gossip::serf::join_target> targets) {
  if (targets.empty())
    return;
  const auto next = targets.back();
  targets.pop_back();
  join_one(next.where, true, [this, rest = std::move(targets)](const result<void>& outcome) {
    if (!outcome)
      rejoin(rest);
  });
}

}  // namespace troupe::actors
