#include "actors/servers/server_keeper_actor.hpp"

#include <memory>
#include <utility>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include "actors/runtime/errors.hpp"
#include "actors/servers/first_servers.hpp"
#include "actors/servers/server_changes.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::servers {

namespace {

// While a datacenter is to begin; after that the members' news do.
constexpr auto interval_at_first = std::chrono::milliseconds(100);
constexpr auto interval_later = std::chrono::seconds(5);
// An answer to a promise that is later than the promise lasts is of no use.
constexpr auto promise_timeout = m::limits::raft_bootstrap_promise / 5;

class server_keeper_state {
 public:
  using pointer = server_keeper_actor::stateful_pointer<server_keeper_state>;
  static constexpr const char* name = "server_keeper";

  explicit server_keeper_state(pointer self) : self_(self), members_("") {}

  server_keeper_actor::behavior_type start(server_keeper_needs needs) {
    needs_ = std::move(needs);
    members_ = server_list(needs_.datacenter);
    self_->send(needs_.pool, m::SubscribeToMembers{});
    if (needs_.raft_peer) {
      self_->send(needs_.raft_peer, m::SubscribeToLeadership{});
      look_at_raft();
    }
    return {
        // From the gossip_member.
        [this](const m::MemberEvent& event) { on_members(event); },
        // From the raft_peer.
        [this](const m::LeadershipChanged& change) {
          leads_ = change.is_leader();
          look_at_raft();
        },
        // From its own timer.
        [this](const m::ServerTick&) { on_tick(); },
    };
  }

 private:
  void on_members(const m::MemberEvent& event) {
    if (!members_.take(event))
      return;
    needs_.tell_links(members_.known("lan"));
    if (needs_.raft_peer)
      look_at_raft();
  }

  // -- Raft's view -------------------------------------------------------------

  void look_at_raft() {
    if (std::exchange(looking_, true)) {
      look_again_ = true;
      return;
    }
    self_->request(needs_.raft_peer, caf::infinite, m::RaftStatusQuery{})
        .then(
            [this](const m::RaftStatus& raft) {
              tell_links_of(raft.configuration());
              act_on(raft);
            },
            [this](const caf::error&) { looked(); });
  }

  void act_on(const m::RaftStatus& raft) {
    const bool has_begun = raft.last_log_index() > 0 || !raft.leader_id().empty();
    interval_ = has_begun ? std::chrono::nanoseconds(interval_later) : interval_at_first;
    if (leads_ && raft.is_leader())
      return change_servers(raft.configuration());
    if (!has_begun && raft.configuration().servers().empty())
      return begin_a_datacenter();
    if (!has_begun && begun_by_us_)
      tell_first_servers(raft.configuration());
    looked();
  }

  void looked() {
    looking_ = false;
    if (std::exchange(look_again_, false))
      return look_at_raft();
    if (!std::exchange(ticking_, true))
      self_->delayed_send(self_, interval_, m::ServerTick{});
  }

  void on_tick() {
    ticking_ = false;
    look_at_raft();
  }

  // After a restart Raft knows its servers before gossip does.
  void tell_links_of(const m::RaftConfiguration& servers) {
    m::KnownServers known;
    known.set_source("raft");
    for (const auto& server : servers.servers()) {
      const auto colon = server.address().rfind(':');
      if (colon == std::string::npos || members_.by_id().contains(server.id()))
        continue;
      auto host = server.address().substr(0, colon);
      if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
      auto& one = *known.add_servers();
      one.set_id(server.id());
      one.set_node(server.node());
      one.set_datacenter(needs_.datacenter);
      one.set_address(std::move(host));
      one.set_port(static_cast<std::uint32_t>(std::atoi(server.address().c_str() + colon + 1)));
    }
    const auto text = known.SerializeAsString();
    if (std::exchange(told_of_raft_, text) != text)
      needs_.tell_links(known);
  }

  // -- a fresh datacenter --------------------------------------------------------

  struct promises {
    std::vector<server_member> asked;
    std::vector<promise_answer> answers;
    std::size_t missing = 0;
  };

  void begin_a_datacenter() {
    auto step = next_step(members_, needs_.self);
    if (const auto* wait = std::get_if<wait_for_others>(&step)) {
      if (!wait->reason.empty() && std::exchange(last_reason_, wait->reason) != wait->reason)
        spdlog::warn("servers: {}", wait->reason);
      return looked();
    }
    auto all = std::make_shared<promises>();
    all->asked = std::move(std::get<ask_for_promises>(step).servers);
    all->missing = all->asked.size();
    for (const auto& server : all->asked)
      ask_for_promise(server.id, all);
  }

  std::optional<raft_peer_actor> raft_peer_of(const std::string& id) const {
    if (id == needs_.self)
      return raft_peer_actor(needs_.raft_peer);
    return needs_.find_server(id);
  }

  void ask_for_promise(const std::string& id, const std::shared_ptr<promises>& all) {
    const auto peer = raft_peer_of(id);
    if (!peer)
      return promise_came(*all);
    m::PromiseBootstrap request;
    request.set_from(needs_.self);
    self_->request(*peer, promise_timeout, std::move(request))
        .then(
            [this, id, all](const m::BootstrapPromise& answer) {
              all->answers.push_back(
                  {id, answer.granted(), answer.configuration(), answer.has_log()});
              promise_came(*all);
            },
            [this, all](const caf::error&) { promise_came(*all); });
  }

  void promise_came(promises& all) {
    if (--all.missing > 0)
      return;
    const auto outcome = outcome_of(all.asked, all.answers, needs_.self);
    if (const auto* first = std::get_if<begin_with>(&outcome)) {
      spdlog::info("servers: {} servers begin the datacenter", first->configuration.servers_size());
      begun_by_us_ = true;
      tell_first_servers(first->configuration);
    }
    looked();
  }

  // Again and again until there is a leader; whoever knows already refuses. This one last, for it
  // stands at once and the others can only vote for whom they know.
  void tell_first_servers(const m::RaftConfiguration& servers) {
    m::BootstrapRaft request;
    *request.mutable_configuration() = servers;
    request.set_from(needs_.self);
    auto missing = std::make_shared<int>(servers.servers_size());
    const auto told = [this, missing, request] {
      if (--*missing > 0)
        return;
      auto own = request;
      own.set_stand_at_once(true);
      self_->request(needs_.raft_peer, promise_timeout, std::move(own))
          .then([](const m::RaftServersChanged&) {}, [](const caf::error&) {});
    };
    for (const auto& server : servers.servers()) {
      const auto peer = server.id() == needs_.self ? std::nullopt : raft_peer_of(server.id());
      if (!peer) {
        told();
        continue;
      }
      self_->request(*peer, promise_timeout, request)
          .then([told](const m::RaftServersChanged&) { told(); },
                [told](const caf::error&) { told(); });
    }
  }

  // -- who came and who left ---------------------------------------------------------

  void change_servers(const m::RaftConfiguration& servers) {
    auto change = next_change(servers, members_, needs_.self);
    if (!change)
      return looked();
    const auto done = [this, change = *change](const m::RaftServersChanged&) {
      spdlog::info("servers: {} {} ({})", change.removes ? "removed" : "added",
                   change.server.node(), change.server.address());
      members_.forget(change.server.id());
      look_again_ = true;
      looked();
    };
    const auto failed = [this, change = *change](const caf::error& why) {
      spdlog::warn("servers: {} {}: {}", change.removes ? "removing" : "adding",
                   change.server.node(), from_caf(why).detail);
      interval_ = std::chrono::seconds(1);
      looked();
    };
    if (change->removes) {
      m::RemoveRaftServer request;
      request.set_id(change->server.id());
      self_->request(needs_.raft_peer, caf::infinite, std::move(request)).then(done, failed);
    } else {
      m::AddRaftServer request;
      *request.mutable_server() = change->server;
      self_->request(needs_.raft_peer, caf::infinite, std::move(request)).then(done, failed);
    }
  }

  pointer self_;
  server_keeper_needs needs_;
  server_list members_;
  bool leads_ = false;
  bool looking_ = false;
  bool look_again_ = false;
  bool ticking_ = false;
  bool begun_by_us_ = false;
  std::chrono::nanoseconds interval_ = interval_at_first;
  std::string last_reason_;
  std::string told_of_raft_;
};

}  // namespace

server_keeper_actor spawn_server_keeper(caf::actor_system& system, server_keeper_needs needs) {
  return system.spawn([needs = std::move(needs)](server_keeper_state::pointer self) mutable {
    return self->state.start(std::move(needs));
  });
}

}  // namespace troupe::actors::servers
