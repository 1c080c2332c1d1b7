#include "bench/gossip_scale/detector_options.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string_view>

namespace troupe::gossip_scale {

namespace {

using actors::gossip::swim::swim_settings;
using messages::errc;
using messages::failure;
using messages::result;
using std::chrono::nanoseconds;

struct number_option {
  const char* name;
  const char* help;
  bool is_whole;
  void (*set)(swim_settings&, double);
};

struct time_option {
  const char* name;
  const char* help;
  nanoseconds& (*field)(swim_settings&);
};

struct switch_option {
  const char* name;
  const char* help;
  bool& (*field)(swim_settings&);
};

using settings = swim_settings&;

constexpr number_option numbers[] = {
    {"alpha", "a suspicion lasts at least so many times log10(members) intervals", false,
     [](settings of, double to) { of.suspicion_multiplier = to; }},
    {"beta", "and at most so many times that", false,
     [](settings of, double to) { of.suspicion_max_multiplier = to; }},
    {"indirect-checks", "members that ping for another whose ping was not answered", true,
     [](settings of, double to) { of.indirect_checks = static_cast<int>(to); }},
    {"gossip-nodes", "members that are told news at a time", true,
     [](settings of, double to) { of.gossip_nodes = static_cast<int>(to); }},
    {"retransmit", "news is told so many times log10(members + 1)", true,
     [](settings of, double to) { of.retransmit_multiplier = static_cast<int>(to); }},
    {"health-max", "largest score of one's own health (the paper's S)", true,
     [](settings of, double to) { of.lifeguard.health_score_max = static_cast<int>(to); }},
    {"confirmations", "that take a suspicion to its least time (the paper's K); -1: alpha - 2",
     true,
     [](settings of, double to) { of.lifeguard.confirmations_wanted = static_cast<int>(to); }},
    {"nack-after", "part of its time after which a helper says that it heard nothing", false,
     [](settings of, double to) { of.lifeguard.nack_after = to; }},
    {"packet-bytes", "largest packet", true,
     [](settings of, double to) {
       of.packet_bytes_max = static_cast<std::size_t>(std::max(0.0, to));
     }},
};

constexpr time_option times[] = {
    {"probe-interval", "from one ping to the next",
     [](settings of) -> nanoseconds& { return of.probe_interval; }},
    {"probe-timeout", "how long an ack may take before others are asked",
     [](settings of) -> nanoseconds& { return of.probe_timeout; }},
    {"gossip-interval", "between two times at which news is told",
     [](settings of) -> nanoseconds& { return of.gossip_interval; }},
    {"gossip-to-the-dead", "how long the dead are told, too",
     [](settings of) -> nanoseconds& { return of.gossip_to_the_dead_time; }},
    {"push-pull-interval", "between two exchanges of whole views, up to 32 members; 0s: none",
     [](settings of) -> nanoseconds& { return of.push_pull_interval; }},
    {"growth-interval",
     "how soon a member whose view has grown much exchanges views again; 0s: never early",
     [](settings of) -> nanoseconds& { return of.growth_interval; }},
    {"join-storm-wait",
     "how long the answers to members that join wait for each other while many do; 0s: not",
     [](settings of) -> nanoseconds& { return of.join_storm_wait; }},
};

constexpr switch_option switches[] = {
    {"stream-pings", "who does not answer is pinged over TCP, too",
     [](settings of) -> bool& { return of.stream_pings; }},
    {"lha-probe", "the unhealthy probe less often",
     [](settings of) -> bool& { return of.lifeguard.local_health_probe; }},
    {"lha-suspicion", "a suspicion lasts long until others confirm it",
     [](settings of) -> bool& { return of.lifeguard.local_health_suspicion; }},
    {"buddy", "a ping to the suspected tells them so",
     [](settings of) -> bool& { return of.lifeguard.buddy_system; }},
    {"stretch-timeout", "the unhealthy wait longer for an ack (the paper)",
     [](settings of) -> bool& { return of.lifeguard.stretches_probe_timeout; }},
    {"count-failed-probes", "a failed probe costs health beside its missed nacks (the paper)",
     [](settings of) -> bool& { return of.lifeguard.failed_probe_always_counts; }},
    {"listen-first", "members accuse nobody before they have heard what waits in their sockets",
     [](settings of) -> bool& { return of.lifeguard.listens_first; }},
    {"ping-again", "who does not answer is pinged once more beside the helpers",
     [](settings of) -> bool& { return of.lifeguard.pings_again; }},
    {"settle-directly", "accuser and accused tell each other at once",
     [](settings of) -> bool& { return of.lifeguard.settles_directly; }},
    {"damp-refutations", "members that refute again and again are held out",
     [](settings of) -> bool& { return of.damping.counts_refutations; }},
    {"damp-returns", "members that come back from the dead again and again are held out",
     [](settings of) -> bool& { return of.damping.counts_returns; }},
};

result<double> number_in(const number_option& option, std::string_view text) {
  constexpr double most = 1e9;  // the settings' own ranges are far within
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // Written so that a NaN is refused.
  const bool is_number =
      error == std::errc{} && end == text.data() + text.size() && value >= -most && value <= most;
  if (!is_number || (option.is_whole && value != std::trunc(value)))
    return failure{errc::bad_request, std::string{"-"} + option.name + " must be a " +
                                          (option.is_whole ? "whole " : "") + "number"};
  return value;
}

}  // namespace

detector_options::detector_options()
    : numbers_(std::size(numbers)), times_(std::size(times)), switches_(std::size(switches)) {}

void detector_options::declare(messages::go_flags& flags) {
  flags.heading("Detector, each in place of the settings' own (-name=false: off)");
  for (std::size_t i = 0; i < numbers_.size(); ++i)
    flags.add(numbers[i].name, &numbers_[i], numbers[i].help);
  for (std::size_t i = 0; i < times_.size(); ++i)
    flags.add(times[i].name, &times_[i], times[i].help);
  for (std::size_t i = 0; i < switches_.size(); ++i)
    flags.add(switches[i].name, &switches_[i], switches[i].help);
}

result<void> detector_options::apply(swim_settings& into) const {
  for (std::size_t i = 0; i < numbers_.size(); ++i) {
    if (!numbers_[i])
      continue;
    const auto value = number_in(numbers[i], *numbers_[i]);
    if (!value)
      return value.error();
    numbers[i].set(into, *value);
  }
  for (std::size_t i = 0; i < times_.size(); ++i)
    if (times_[i])
      times[i].field(into) = *times_[i];
  for (std::size_t i = 0; i < switches_.size(); ++i)
    if (switches_[i])
      switches[i].field(into) = *switches_[i];
  return validate(into);
}

}  // namespace troupe::gossip_scale
