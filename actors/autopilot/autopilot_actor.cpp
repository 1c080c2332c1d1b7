#include "actors/autopilot/autopilot_actor.hpp"

#include <memory>
#include <utility>
#include <vector>

#include <caf/actor_clock.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include "actors/autopilot/autopilot_core.hpp"
#include "actors/runtime/errors.hpp"
#include "messages/go_quote.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::autopilot {

namespace {

using messages::errc;

// A server that is slower than this is not healthy.
constexpr auto answer_timeout = std::chrono::seconds(1);
constexpr auto change_timeout = m::limits::rpc_hold_timeout;

pool_status status_of(const m::Member& member) {
  constexpr int alive = 1;
  constexpr int left = 3;
  constexpr int failed = 4;
  switch (member.status()) {
    case alive:
      return pool_status::alive;
    case left:
      return pool_status::left;
    case failed:
      return pool_status::failed;
    default:
      return pool_status::none;
  }
}

// Of a tag "1.22.7:revision".
std::string version_of(const m::Member& member) {
  const auto build = member.tags().find("build");
  return build == member.tags().end() ? std::string()
                                      : build->second.substr(0, build->second.find(':'));
}

class autopilot_state {
 public:
  using pointer = autopilot_actor::stateful_pointer<autopilot_state>;
  static constexpr const char* name = "autopilot";

  explicit autopilot_state(pointer self) : self_(self) {}

  autopilot_actor::behavior_type start(autopilot_needs needs) {
    needs_ = std::move(needs);
    rules_ = needs_.first;
    self_->send(needs_.raft_peer, m::SubscribeToLeadership{});
    return {
        // From the router.
        [this](const m::AutopilotStateQuery&) { return on_state_query(); },
        [this](const m::RaftServersQuery&) { return on_servers_query(); },
        [this](const m::OperateRaft& request) { return on_operation(request); },
        // From the raft_peer.
        [this](const m::LeadershipChanged& change) { on_leadership(change); },
        // From its own timer.
        [this](const m::AutopilotTick&) { on_tick(); },
    };
  }

 private:
  using state_promise = caf::typed_response_promise<m::AutopilotState>;
  // A look at all servers; done once nobody's answer is missing.
  struct round {
    judged_facts facts;
    std::size_t missing = 0;
    std::uint64_t leadership = 0;
  };

  void on_leadership(const m::LeadershipChanged& change) {
    if (change.is_leader() == leads_ && change.term() == term_)
      return;
    leads_ = change.is_leader();
    term_ = change.term();
    ++leadership_;
    core_.forget();
    state_.reset();
    round_.reset();
    fail_waiting();
    if (leads_)
      begin_round();
  }

  void on_tick() {
    ticking_ = false;
    if (leads_ && !round_)
      begin_round();
  }

  // -- a round: the configuration, Raft, the pool, every server ------------------------

  // Goes on only under the leadership that asked.
  template <class Answer, class Target, class Request, class Then>
  void ask(const Target& target, Request request, Then then) {
    self_->request(target, change_timeout, std::move(request))
        .then(
            [this, asked_in = leadership_, then](Answer& answer) {
              if (asked_in == leadership_)
                then(answer);
            },
            [this, asked_in = leadership_](const caf::error&) {
              if (asked_in == leadership_)
                end_round();
            });
  }

  void begin_round() {
    round_ = std::make_shared<round>();
    ask<m::AutopilotConfigurations>(needs_.catalog, m::AutopilotConfigurationQuery{},
                                    [this](m::AutopilotConfigurations& all) {
                                      if (all.configurations().empty())
                                        return write_first_rules();
                                      rules_ = all.configurations(0);
                                      look_at_raft();
                                    });
  }

  void write_first_rules() {
    m::Propose proposal;
    auto& set = *proposal.mutable_command()->mutable_autopilot();
    *set.mutable_configuration() = needs_.first;
    set.set_only_first(true);
    ask<m::CommandResult>(needs_.raft_peer, std::move(proposal),
                          [this](const m::CommandResult&) { look_at_raft(); });
  }

  void look_at_raft() {
    ask<m::RaftStatus>(needs_.raft_peer, m::RaftStatusQuery{}, [this](m::RaftStatus& status) {
      round_->facts.leader = std::move(status);
      for (const auto& server : round_->facts.leader.configuration().servers()) {
        server_facts one;
        one.server = server;
        round_->facts.servers.push_back(std::move(one));
      }
      look_at_pool();
    });
  }

  void look_at_pool() {
    ask<m::Members>(needs_.pool, m::MembersQuery{}, [this](const m::Members& members) {
      for (const auto& member : members.members()) {
        const auto id = member.tags().find("id");
        for (auto& one : round_->facts.servers) {
          if (id == member.tags().end() || id->second != one.server.id())
            continue;
          one.in_pool = status_of(member);
          one.version = version_of(member);
          one.meta = {{"consul-network-segment", ""}, {"consul-version", one.version}};
        }
      }
      ask_servers();
    });
  }

  void ask_servers() {
    // The last answer ends the round, and may come before this returns.
    const auto all = round_;
    all->missing = all->facts.servers.size();
    if (all->missing == 0)
      return end_round();
    for (auto& one : all->facts.servers) {
      const auto& id = one.server.id();
      const auto peer = id == needs_.self ? std::nullopt : needs_.find_server(id);
      if (id == needs_.self)
        one.raft = all->facts.leader;
      if (!peer) {
        server_answered(all);
        continue;
      }
      self_->request(*peer, answer_timeout, m::RaftStatusQuery{})
          .then(
              [this, &one, all](m::RaftStatus& status) {
                one.raft = std::move(status);
                server_answered(all);
              },
              [this, all](const caf::error&) { server_answered(all); });
    }
  }

  void server_answered(const std::shared_ptr<round>& all) {
    if (--all->missing > 0 || all != round_)
      return;
    state_ = core_.judge(rules_, all->facts, needs_.unix_now_ns());
    clean_up(core_.cleanup(rules_, all->facts, self_->clock().now()));
    for (auto& promise : std::exchange(waiting_, {}))
      promise.deliver(*state_);
    end_round();
  }

  void end_round() {
    round_.reset();
    fail_waiting();
    if (leads_ && !std::exchange(ticking_, true))
      self_->delayed_send(self_, needs_.interval, m::AutopilotTick{});
  }

  void fail_waiting() {
    for (auto& promise : std::exchange(waiting_, {}))
      promise.deliver(to_caf({errc::no_leader, "No cluster leader"}));
  }

  // A member that counts as left is taken out of the Raft configuration by the server_keeper.
  void clean_up(const dead_servers& gone) {
    for (const auto& node : gone.failed_nodes) {
      spdlog::info("autopilot: the dead server {} is removed", node);
      m::ForceLeave request;
      request.set_node(node);
      self_->request(needs_.pool, change_timeout, std::move(request))
          .then([](const m::Done&) {}, [](const caf::error&) {});
    }
    for (const auto& id : gone.unknown_ids) {
      spdlog::info("autopilot: the server {} is no member any more and is removed", id);
      m::RemoveRaftServer request;
      request.set_id(id);
      self_->request(needs_.raft_peer, change_timeout, std::move(request))
          .then([](const m::RaftServersChanged&) {}, [](const caf::error&) {});
    }
  }

  // -- operators -----------------------------------------------------------------------

  caf::result<m::AutopilotState> on_state_query() {
    if (!leads_)
      return to_caf({errc::not_leader, ""});
    if (state_)
      return *state_;
    auto promise = self_->make_response_promise<m::AutopilotState>();
    waiting_.push_back(promise);
    if (!round_)
      begin_round();
    return promise;
  }

  caf::result<m::RaftServerRows> on_servers_query() {
    auto promise = self_->make_response_promise<m::RaftServerRows>();
    self_->request(needs_.raft_peer, change_timeout, m::RaftStatusQuery{})
        .then([this, promise](const m::RaftStatus& raft) mutable { promise.deliver(rows(raft)); },
              [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
    return promise;
  }

  m::RaftServerRows rows(const m::RaftStatus& raft) const {
    m::RaftServerRows all;
    all.set_index(raft.configuration_index());
    for (const auto& server : raft.configuration().servers()) {
      auto& row = *all.add_servers();
      row.set_id(server.id());
      row.set_node(server.node());
      row.set_address(server.address());
      row.set_leader(server.id() == raft.leader_id());
      row.set_protocol_version("3");
      row.set_voter(!server.non_voter());
      row.set_last_index(server.id() == needs_.self ? raft.last_log_index()
                                                    : last_index_of(server.id()));
    }
    return all;
  }

  // As it was when the server was last asked.
  std::uint64_t last_index_of(const std::string& id) const {
    if (state_) {
      for (const auto& server : state_->servers()) {
        if (server.id() == id)
          return server.last_index();
      }
    }
    return 0;
  }

  caf::result<m::Done> on_operation(const m::OperateRaft& request) {
    if (!leads_)
      return to_caf({errc::not_leader, ""});
    auto promise = self_->make_response_promise<m::Done>();
    self_->request(needs_.raft_peer, change_timeout, m::RaftStatusQuery{})
        .then(
            [this, promise, request](const m::RaftStatus& raft) mutable {
              if (request.has_transfer())
                transfer(raft, request.transfer(), promise);
              else
                remove(raft, request.remove(), promise);
            },
            [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
    return promise;
  }

  using done_promise = caf::typed_response_promise<m::Done>;

  template <class Answer, class Request>
  void carry_out(Request request, done_promise promise) {
    self_->request(needs_.raft_peer, change_timeout, std::move(request))
        .then([promise](const Answer&) mutable { promise.deliver(m::Done{}); },
              [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
  }

  void remove(const m::RaftStatus& raft, const m::OperateRaft::Remove& wanted,
              done_promise promise) {
    for (const auto& server : raft.configuration().servers()) {
      const bool is_it =
          wanted.id().empty() ? server.address() == wanted.address() : server.id() == wanted.id();
      if (!is_it)
        continue;
      m::RemoveRaftServer request;
      request.set_id(server.id());
      return carry_out<m::RaftServersChanged>(std::move(request), promise);
    }
    const auto named = wanted.id().empty() ? "address " + m::go_quote(wanted.address())
                                           : "id " + m::go_quote(wanted.id());
    promise.deliver(to_caf({errc::failed, named + " was not found in the Raft configuration"}));
  }

  void transfer(const m::RaftStatus& raft, const m::TransferRaftLeadership& wanted,
                done_promise promise) {
    bool is_there = false;
    int others = 0;
    for (const auto& server : raft.configuration().servers()) {
      is_there = is_there || server.id() == wanted.id();
      others += !server.non_voter() && server.id() != needs_.self ? 1 : 0;
    }
    if (!wanted.id().empty() && !is_there) {
      promise.deliver(
          to_caf({errc::failed, "Could not find address for server id " + wanted.id()}));
      return;
    }
    if (others == 0) {
      promise.deliver(to_caf({errc::failed, "cannot find peer"}));
      return;
    }
    carry_out<m::RaftLeadershipTransferred>(wanted, promise);
  }

  pointer self_;
  autopilot_needs needs_;
  autopilot_core core_;
  m::AutopilotConfiguration rules_;
  bool leads_ = false;
  std::uint64_t term_ = 0;
  std::uint64_t leadership_ = 0;  // counts its changes
  std::shared_ptr<round> round_;  // under way
  std::optional<m::AutopilotState> state_;
  std::vector<state_promise> waiting_;
  bool ticking_ = false;
};

}  // namespace

autopilot_actor spawn_autopilot(caf::actor_system& system, autopilot_needs needs) {
  return system.spawn([needs = std::move(needs)](autopilot_state::pointer self) mutable {
    return self->state.start(std::move(needs));
  });
}

}  // namespace troupe::actors::autopilot
