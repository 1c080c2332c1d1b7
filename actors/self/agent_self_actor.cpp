#include "actors/self/agent_self_actor.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/runtime/authorize.hpp"
#include "actors/runtime/errors.hpp"
#include "actors/self/host_facts.hpp"
#include "actors/self/process_gauges.hpp"
#include "messages/filter/expression.hpp"
#include "messages/limits.hpp"

namespace troupe::actors {

namespace {

// Raft and the registry live on this node; one that takes longer than this is stuck.
constexpr std::chrono::seconds counters_timeout{5};

std::string yes_or_no(bool value) {
  return value ? "true" : "false";
}

void add_raft_counters(const m::RaftStatus& raft, m::AgentSelf& self) {
  auto& consul = *(*self.mutable_stats())["consul"].mutable_values();
  consul["leader"] = yes_or_no(raft.is_leader());
  consul["leader_addr"] = raft.leader_address();
  auto& values = *(*self.mutable_stats())["raft"].mutable_values();
  values["state"] = raft.role();
  values["term"] = std::to_string(raft.term());
  values["commit_index"] = std::to_string(raft.commit_index());
  values["applied_index"] = std::to_string(raft.applied_index());
  values["last_log_index"] = std::to_string(raft.last_log_index());
  values["last_log_term"] = std::to_string(raft.last_log_term());
  values["last_snapshot_index"] = std::to_string(raft.snapshot_index());
  values["last_snapshot_term"] = std::to_string(raft.snapshot_term());
  values["last_contact"] = raft.is_leader() ? "0" : std::to_string(raft.last_contact_ms()) + "ms";
  values["num_peers"] = std::to_string(std::max(0, raft.configuration().servers_size() - 1));
  values["latest_configuration_index"] = std::to_string(raft.configuration_index());
}

void add_check_counters(const m::LocalChecks& checks, m::AgentSelf& self) {
  int ttls = 0;
  int monitors = 0;
  for (const auto& [id, check] : checks.checks()) {
    if (check.type() == "ttl")
      ++ttls;
    else if (!check.type().empty() && check.type() != "maintenance")
      ++monitors;
  }
  auto& agent = *(*self.mutable_stats())["agent"].mutable_values();
  agent["checks"] = std::to_string(checks.checks_size());
  agent["check_ttls"] = std::to_string(ttls);
  agent["check_monitors"] = std::to_string(monitors);
}

// A server's entry in the pool of all datacenters: another name and port, and nothing of how its
// own datacenter was started.
m::Member in_wan_pool(const m::AgentSelf& facts) {
  m::Member member = facts.member();
  member.set_name(member.name() + "." + facts.config().datacenter());
  auto& tags = *member.mutable_tags();
  if (const auto port = tags.find("wan_join_port"); port != tags.end())
    member.set_port(std::stoi(port->second));
  for (const char* lan_only : {"bootstrap", "expect", "wan_join_port"})
    tags.erase(lan_only);
  return member;
}

class agent_self_state {
 public:
  using pointer = agent_self_actor::stateful_pointer<agent_self_state>;
  static constexpr const char* name = "agent_self";

  explicit agent_self_state(pointer self) : self_(self) {}

  agent_self_actor::behavior_type start(agent_self_needs needs) {
    needs_ = std::move(needs);
    gauges_.emplace(*needs_.metrics);
    gauges_->update();
    begin_intervals();
    return {
        // From the gateway.
        [this](const m::AgentSelfQuery& query) { return on_self(query); },
        [this](const m::MembersQuery& query) { return on_members(query); },
        [this](const m::AgentMetricsQuery& query) { return on_metrics(query); },
        [this](const m::AgentHostQuery& query) { return on_host(query); },
        // From itself.
        [this](const m::MetricsTick&) { on_interval_over(); },
    };
  }

 private:
  caf::result<m::AgentSelf> on_self(const m::AgentSelfQuery& query) {
    if (auto allowed = authorize(query.token(), resource::agent, {}, access::read); !allowed)
      return to_caf(allowed.error());
    auto promise = self_->make_response_promise<m::AgentSelf>();
    add_services(needs_.facts, promise);
    return promise;
  }

  using promise_type = caf::typed_response_promise<m::AgentSelf>;

  void add_services(m::AgentSelf answer, promise_type promise) {
    self_->request(needs_.registry, counters_timeout, m::LocalServicesQuery{})
        .then(
            [this, answer, promise](const m::LocalServices& services) mutable {
              auto& agent = *(*answer.mutable_stats())["agent"].mutable_values();
              agent["services"] = std::to_string(services.services_size());
              add_checks(std::move(answer), promise);
            },
            [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
  }

  void add_checks(m::AgentSelf answer, promise_type promise) {
    self_->request(needs_.registry, counters_timeout, m::LocalChecksQuery{})
        .then(
            [this, answer, promise](const m::LocalChecks& checks) mutable {
              add_check_counters(checks, answer);
              add_raft(std::move(answer), promise);
            },
            [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
  }

  void add_raft(m::AgentSelf answer, promise_type promise) {
    if (!needs_.raft_peer) {
      add_coordinate(std::move(answer), promise);
      return;
    }
    self_->request(needs_.raft_peer, counters_timeout, m::RaftStatusQuery{})
        .then(
            [this, answer, promise](const m::RaftStatus& raft) mutable {
              add_raft_counters(raft, answer);
              add_coordinate(std::move(answer), promise);
            },
            [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
  }

  void add_coordinate(m::AgentSelf answer, promise_type promise) {
    if (!needs_.lan) {
      promise.deliver(std::move(answer));
      return;
    }
    self_->request(needs_.lan, counters_timeout, m::OwnCoordinateQuery{})
        .then(
            [this, answer, promise](const m::CoordinateEntry& own) mutable {
              if (own.has_coord())
                *answer.mutable_coord() = own.coord();
              add_pool("serf_lan", needs_.lan, std::move(answer), promise);
            },
            [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
  }

  void add_pool(const std::string& section, const gossip_member_actor& pool, m::AgentSelf answer,
                promise_type promise) {
    self_->request(pool, counters_timeout, m::PoolStatsQuery{})
        .then(
            [this, section, answer, promise](const m::PoolStats& stats) mutable {
              *(*answer.mutable_stats())[section].mutable_values() = stats.values();
              if (section == "serf_lan" && needs_.wan)
                add_pool("serf_wan", needs_.wan, std::move(answer), promise);
              else
                promise.deliver(std::move(answer));
            },
            [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
  }

  caf::result<m::Members> on_members(const m::MembersQuery& query) {
    auto filter = m::filter::expression::compile(query.filter(), *m::Member::descriptor());
    if (!filter)
      return to_caf(filter.error());
    auto promise = self_->make_response_promise<m::Members>();
    const auto show = [token = query.token(), filter = std::move(*filter),
                       promise](const m::Members& all) mutable {
      m::Members answer;
      for (const auto& each : all.members())
        if (authorize(token, resource::node, each.name(), access::read).has_value() &&
            filter.matches(each))
          *answer.add_members() = each;
      promise.deliver(std::move(answer));
    };
    const auto& pool = query.wan() ? needs_.wan : needs_.lan;
    if (!needs_.lan) {
      auto alone = show;
      alone(alone_in(query.wan()));
    } else if (!pool) {
      auto nobody = show;
      nobody({});
    } else {
      self_->request(pool, counters_timeout, m::MembersQuery{})
          .then(show, [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
    }
    return promise;
  }

  // -- metrics and host ------------------------------------------------------------------

  caf::result<m::AgentMetrics> on_metrics(const m::AgentMetricsQuery& query) {
    if (auto allowed = authorize(query.token(), resource::agent, {}, access::read); !allowed)
      return to_caf(allowed.error());
    if (!query.prometheus())
      return to_report(needs_.metrics->last_interval(), needs_.naming);
    m::AgentMetrics answer;
    answer.set_prometheus_is_off(!needs_.prometheus);
    if (needs_.prometheus) {
      gauges_->update();
      answer.set_prometheus(to_prometheus(needs_.metrics->totals(), needs_.naming));
    }
    return answer;
  }

  caf::result<m::AgentHost> on_host(const m::AgentHostQuery& query) {
    if (auto allowed = authorize(query.token(), resource::operator_, {}, access::read); !allowed)
      return to_caf(allowed.error());
    return read_host_facts(needs_.unix_now_ns());
  }

  // Intervals begin at whole multiples of their length, by the wall clock.
  static constexpr std::int64_t interval_ns =
      std::chrono::nanoseconds(m::limits::metrics_interval).count();

  std::int64_t present_interval_unix_s() const {
    constexpr std::int64_t second_ns = 1'000'000'000;
    const auto now_ns = needs_.unix_now_ns();
    return (now_ns - now_ns % interval_ns) / second_ns;
  }

  void tick_at_interval_end() {
    const auto gone_ns = needs_.unix_now_ns() % interval_ns;
    self_->delayed_send(self_, std::chrono::nanoseconds(interval_ns - gone_ns), m::MetricsTick{});
  }

  void begin_intervals() {
    interval_unix_s_ = present_interval_unix_s();
    needs_.metrics->begin(interval_unix_s_);
    tick_at_interval_end();
  }

  // The timer's clock is another: it may ring a moment before the interval's end.
  void on_interval_over() {
    if (const auto present = present_interval_unix_s(); present != interval_unix_s_) {
      interval_unix_s_ = present;
      gauges_->update();
      needs_.metrics->end_interval(present);
    }
    tick_at_interval_end();
  }

  // What a node without pools shows: itself.
  m::Members alone_in(bool wan) const {
    m::Members members;
    if (!wan || needs_.facts.config().server())
      *members.add_members() = wan ? in_wan_pool(needs_.facts) : needs_.facts.member();
    return members;
  }

  pointer self_;
  agent_self_needs needs_;
  std::optional<process_gauges> gauges_;
  std::int64_t interval_unix_s_ = 0;  // when the present one began
};

}  // namespace

agent_self_actor spawn_agent_self(caf::actor_system& system, agent_self_needs needs) {
  return system.spawn([needs = std::move(needs)](agent_self_state::pointer self) mutable {
    return self->state.start(std::move(needs));
  });
}

}  // namespace troupe::actors
