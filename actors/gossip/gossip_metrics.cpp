#include "actors/gossip/gossip_metrics.hpp"

namespace troupe::actors::gossip {

namespace {

metric_name in(const std::string& network, std::string path) {
  return {std::move(path), {{"network", network}}};
}

metric_name instances(const std::string& network, std::string state) {
  return {"memberlist.node.instances", {{"network", network}, {"node_state", std::move(state)}}};
}

constexpr const char* instances_help = "Members of the pool in this state.";

}  // namespace

gossip_metrics::gossip_metrics(metrics_registry& all, const std::string& network)
    : received_bytes(
          all.counter(in(network, "memberlist.udp.received"), "Bytes of packets received.")),
      sent_bytes(all.counter(in(network, "memberlist.udp.sent"), "Bytes of packets sent.")),
      streams_accepted(
          all.counter(in(network, "memberlist.tcp.accept"), "Streams that others dialled.")),
      streams_dialled(all.counter(in(network, "memberlist.tcp.connect"), "Streams dialled.")),
      events(all.counter(in(network, "serf.events"), "User events that came.")),
      queries(all.counter(in(network, "serf.queries"), "Queries that came.")),
      health_score(all.gauge(in(network, "memberlist.health.score"),
                             "This node's own health: 0 is best, probes are slowed by more.")),
      joined_(all.counter(in(network, "serf.member.join"), "Members that came.")),
      updated_(all.counter(in(network, "serf.member.update"), "Members that changed.")),
      failed_(all.counter(in(network, "serf.member.failed"), "Members that failed.")),
      left_(all.counter(in(network, "serf.member.left"), "Members that left.")),
      reaped_(all.counter(in(network, "serf.member.reap"), "Members that were forgotten.")),
      alive_members_(all.gauge(instances(network, "alive"), instances_help)),
      failed_members_(all.gauge(instances(network, "dead"), instances_help)),
      left_members_(all.gauge(instances(network, "left"), instances_help)) {}

void gossip_metrics::count(const messages::MemberEvent& event) const {
  const auto counter_of = [this](messages::MemberEvent::Kind kind) -> counter_metric& {
    switch (kind) {
      case messages::MemberEvent::UPDATED:
        return updated_;
      case messages::MemberEvent::FAILED:
        return failed_;
      case messages::MemberEvent::LEFT:
        return left_;
      case messages::MemberEvent::REAPED:
        return reaped_;
      default:
        return joined_;
    }
  };
  auto& counter = counter_of(event.kind());
  for (int i = 0; i < event.members_size(); ++i)
    counter.add();
}

void gossip_metrics::set(const serf::serf_stats& stats) const {
  alive_members_.set(static_cast<double>(stats.members - stats.failed - stats.left));
  failed_members_.set(static_cast<double>(stats.failed));
  left_members_.set(static_cast<double>(stats.left));
}

}  // namespace troupe::actors::gossip
