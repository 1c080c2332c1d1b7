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

void gossip_metrics::count(serf::member_event_kind kind) const {
  switch (kind) {
    case serf::member_event_kind::joined:
      return joined_.add();
    case serf::member_event_kind::updated:
      return updated_.add();
    case serf::member_event_kind::failed:
      return failed_.add();
    case serf::member_event_kind::left:
      return left_.add();
    case serf::member_event_kind::reaped:
      return reaped_.add();
  }
}

void gossip_metrics::set(const serf::serf_stats& stats) const {
  alive_members_.set(static_cast<double>(stats.members - stats.failed - stats.left));
  failed_members_.set(static_cast<double>(stats.failed));
  left_members_.set(static_cast<double>(stats.left));
}

}  // namespace troupe::actors::gossip
