#include "bench/gossip_scale/simulate_options.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <thread>
#include <utility>

#include "bench/gossip_scale/detector_options.hpp"
#include "bench/gossip_scale/named_settings.hpp"
#include "messages/go_flags.hpp"

namespace troupe::gossip_scale {

namespace {

using messages::errc;
using messages::failure;
using messages::result;
using swim::swim_settings;

// What the flags fill; texts are numbers with a fraction.
struct raw_options {
  std::string settings = "lan";
  std::string loss = "0";
  std::string lossy_inbound = "0.8";
  std::string members = "128";
  std::uint64_t crashes = 0;
  std::uint64_t leaves = 0;
  std::uint64_t anomalies = 0;
  std::uint64_t lossy = 0;
  std::uint64_t flip_flop = 0;
  std::uint64_t one_way = 0;
  std::uint64_t slow = 0;
  bool stopped = false;
  bool as_agents = false;
  nanoseconds anomaly_length = std::chrono::seconds{16};
  nanoseconds anomaly_interval{0};
};

void declare_pool(messages::go_flags& flags, raw_options& raw, simulate_options& made) {
  flags.heading("Pool")
      .add("members", &raw.members,
           "how many (128); several, as 128,1000,10000: each in turn, to compare")
      .add("settings", &raw.settings,
           "swim, lha-probe, lha-suspicion, buddy, lifeguard: the paper's; lan, wan, local, "
           "development: memberlist's of today (lan)")
      .add("as-agents", &raw.as_agents,
           "members have an agent's tags and coordinates; what they send is weighed compressed")
      .add("bootstrap", &made.what.bootstrap, "all join through one at the start")
      .add("join-time", &made.what.join_time, "from the first of these joins to the last (0s)");
  flags.heading("Network")
      .add("loss", &raw.loss, "part of the datagrams that is lost, 0 to 1 (0)")
      .add("latency", &made.what.network.latency_min, "least, one way (100us)")
      .add("latency-tail", &made.what.network.latency_tail, "mean of what is added (100us)");
}

void declare_runs(messages::go_flags& flags, raw_options& raw, simulate_options& made) {
  flags.heading("What happens")
      .add("crashes", &raw.crashes, "members that crash, all at once")
      .add("leaves", &raw.leaves, "members that leave, all at once")
      .add("anomalies", &raw.anomalies, "members that block (the paper's C)")
      .add("anomaly-length", &raw.anomaly_length, "how long (D, 16s)")
      .add("anomaly-interval", &raw.anomaly_interval, "pause until the next; 0s: one only (I)")
      .add("stopped", &raw.stopped, "anomalies stop the whole process instead of its messages")
      .add("lossy", &raw.lossy, "members that lose much of what they receive")
      .add("lossy-inbound", &raw.lossy_inbound, "how much (0.8)")
      .add("flip-flop", &raw.flip_flop, "members that hear nothing every other period")
      .add("flip-flop-period", &made.what.flip_flop_period, "how long each is (20s)")
      .add("one-way-links", &raw.one_way, "ways from one member to another that are cut")
      .add("handling", &made.what.handling_time, "what each member needs for a packet (0s)")
      .add("slow", &raw.slow, "members that are slow to handle each packet")
      .add("slow-handling", &made.what.slow_handling_time, "how long it takes them")
      .add("churn", &made.what.churn_interval,
           "each time a member crashes; it is back three times later; 0s: none")
      .add("quiesce", &made.what.quiesce, "time before anything happens (15s)")
      .add("duration", &made.what.duration, "and from then on (2m)");
  flags.heading("Runs")
      .add("seed", &made.seed, "of the first run; each further run's is one more (1)")
      .add("runs", &made.runs, "how many (1)")
      .add("cores", &made.cores, "runs at a time (all)")
      .add("csv", &made.csv_file, "write a line a run to this file")
      .add("plot", &made.plot_folder, "write plots (SVG) into this folder")
      .add("json", &made.json_file, "write an object a run to this file");
}

result<double> number_of(const char* flag, const std::string& text, double min, double max) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // Written so that a NaN is refused.
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= min && value <= max))
    return failure{errc::bad_request, "-" + std::string{flag} + " must be a number from " +
                                          std::to_string(min) + " to " + std::to_string(max)};
  return value;
}

result<swim_settings> settings_of(const std::string& name, const detector_options& detector) {
  auto found = settings_named(name);
  if (!found)
    return failure{errc::bad_request, "-settings " + name + " is not known; see -help"};
  if (auto applied = detector.apply(*found); !applied)
    return applied.error();
  return *found;
}

// Numbers of members, with commas between them.
result<std::vector<std::uint32_t>> sizes_of(std::string_view text) {
  constexpr std::uint32_t members_max = 1'000'000;
  constexpr std::size_t sizes_max = 64;
  std::vector<std::uint32_t> made;
  for (auto at = text.data(), last = at + text.size();; ++at) {
    std::uint32_t members = 0;
    const auto [end, error] = std::from_chars(at, last, members);
    if (error != std::errc{} || (end != last && *end != ',') || members < 2 ||
        members > members_max || made.size() == sizes_max)
      return failure{errc::bad_request,
                     "-members must be from 2 to 1000000, or up to 64 such numbers with commas"};
    made.push_back(members);
    if (at = end; at == last)
      return made;
  }
}

result<void> fill_scenario(const raw_options& raw, simulate_options& made) {
  auto& what = made.what;
  auto sizes = sizes_of(raw.members);
  if (!sizes)
    return sizes.error();
  made.sizes = std::move(*sizes);
  const std::uint64_t fewest = std::ranges::min(made.sizes);
  std::uint64_t struck = 0;
  for (const auto part :
       {raw.crashes, raw.leaves, raw.anomalies, raw.lossy, raw.flip_flop, raw.slow}) {
    if (part >= fewest || (struck += part) >= fewest)
      return failure{errc::bad_request, "something happens to more members than there are"};
  }
  if (raw.one_way > fewest * 64)
    return failure{errc::bad_request, "-one-way-links must be at most 64 a member"};
  if (raw.slow > 0 && what.slow_handling_time <= nanoseconds{0})
    return failure{errc::bad_request, "-slow needs -slow-handling"};
  if (raw.flip_flop > 0 && what.flip_flop_period < std::chrono::milliseconds{1})
    return failure{errc::bad_request, "-flip-flop-period must be at least 1ms"};
  if (what.churn_interval > nanoseconds{0} && what.churn_interval < std::chrono::milliseconds{1})
    return failure{errc::bad_request, "-churn must be 0s or at least 1ms"};
  constexpr auto time_max = std::chrono::hours{24 * 365};
  for (const auto time :
       {what.quiesce, what.duration, what.network.latency_min, what.network.latency_tail,
        raw.anomaly_interval, raw.anomaly_length, what.flip_flop_period, what.join_time,
        what.slow_handling_time, what.handling_time, what.churn_interval})
    if (time < nanoseconds{0} || time > time_max)
      return failure{errc::bad_request, "a time must be from 0s to a year"};
  if (raw.anomalies > 0 && raw.anomaly_length + raw.anomaly_interval <= nanoseconds{0})
    return failure{errc::bad_request, "-anomaly-length must be over 0s"};
  const auto loss = number_of("loss", raw.loss, 0, 1);
  if (!loss)
    return loss.error();
  const auto lossy_inbound = number_of("lossy-inbound", raw.lossy_inbound, 0, 1);
  if (!lossy_inbound)
    return lossy_inbound.error();
  what.members = made.sizes.front();
  if (raw.as_agents)
    what.as_agents = agent_release::today;
  what.network.loss = *loss;
  what.crashes = static_cast<std::uint32_t>(raw.crashes);
  what.leaves = static_cast<std::uint32_t>(raw.leaves);
  what.lossy_members = static_cast<std::uint32_t>(raw.lossy);
  what.lossy_inbound = *lossy_inbound;
  what.flip_flop_members = static_cast<std::uint32_t>(raw.flip_flop);
  what.one_way_links = static_cast<std::uint32_t>(raw.one_way);
  what.slow_members = static_cast<std::uint32_t>(raw.slow);
  what.anomalies = {.members = static_cast<std::uint32_t>(raw.anomalies),
                    .length = raw.anomaly_length,
                    .interval = raw.anomaly_interval,
                    .kind = raw.stopped ? standstill::stopped : standstill::blocked_io};
  return {};
}

}  // namespace

result<simulate_options> parse_simulate_options(const std::vector<std::string>& args) {
  raw_options raw;
  simulate_options made;
  made.cores = std::max(1U, std::thread::hardware_concurrency());
  messages::go_flags flags;
  detector_options detector;
  declare_pool(flags, raw, made);
  detector.declare(flags);
  declare_runs(flags, raw, made);
  if (const auto parsed = flags.parse(args); !parsed)
    return flags.help_requested() ? failure{errc::bad_request, flags.usage()} : parsed.error();
  if (!flags.rest().empty())
    return failure{errc::bad_request, "what is \"" + flags.rest().front() + "\"? see -help"};
  constexpr std::uint64_t runs_max = 1'000'000;
  if (made.runs < 1 || made.runs > runs_max || made.cores < 1 || made.cores > 1024)
    return failure{errc::bad_request, "-runs must be from 1 to 1000000, -cores from 1 to 1024"};
  auto settings = settings_of(raw.settings, detector);
  if (!settings)
    return settings.error();
  made.what.settings = *settings;
  if (const auto filled = fill_scenario(raw, made); !filled)
    return filled.error();
  made.settings_name = raw.settings;
  return made;
}

}  // namespace troupe::gossip_scale
