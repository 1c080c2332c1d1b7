#include "bench/gossip_scale/live/live_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "bench/gossip_scale/detector_options.hpp"
#include "bench/gossip_scale/named_settings.hpp"
#include "messages/go_flags.hpp"

namespace troupe::gossip_scale {

namespace {

using actors::gossip::endpoint;
using actors::gossip::ip_address;
using actors::gossip::swim::swim_settings;
using messages::errc;
using messages::failure;
using messages::result;

constexpr std::string_view our_prefix = "live-";
constexpr std::string_view serf_prefix = "serf-";
constexpr std::uint64_t members_max = 20'000;
constexpr std::uint64_t serf_members_max = 1'000;
constexpr std::uint64_t threads_max = 256;

// What the flags fill that is not an option's own type.
struct raw_options {
  std::string address = "127.77.0.1";
  std::uint64_t port = 17'946;
  std::uint64_t members = 1000;
  std::uint64_t kills = 0;
  std::uint64_t pauses = 0;
  std::uint64_t serf = 0;
  std::uint64_t serf_kills = 0;
  std::uint64_t serf_pauses = 0;
  std::uint64_t seeds = 1;
  std::uint64_t threads = 2;
};

void declare(messages::go_flags& flags, raw_options& raw, live_options& made) {
  flags.heading("Pool")
      .add("members", &raw.members, "ours, in this process (1000)")
      .add("serf", &raw.serf, "unmodified serf agents beside them, a process each (0)")
      .add("serf-program", &made.serf_program, "what to start for those (serf)")
      .add("settings", &made.settings_name, "lan, wan, local, and, without serf, development (lan)")
      .add("tags", &made.has_tags, "with the tags of an agent (true)")
      .add("encrypt", &made.is_encrypted, "with a key (false)");
  flags.heading("Network")
      .add("first-address", &raw.address,
           "of the first member; each next one has the next (127.77.0.1). In a namespace of its "
           "own, any that it has")
      .add("port", &raw.port, "of all of them, for UDP and TCP (17946)")
      .add("threads", &raw.threads, "that our members share (2)");
  flags.heading("What happens")
      .add("join-time", &made.join_time, "from the first join to the last (30s)")
      .add("seeds", &raw.seeds, "first members that the joiners ask in turn (1)")
      .add("settle", &made.settle_max,
           "longest wait until the news of the joins is told to all (10m)")
      .add("quiet", &made.quiet, "time in which costs are measured and nothing happens (30s)")
      .add("kills", &raw.kills, "of ours that end without a word, all at once (0)")
      .add("pauses", &raw.pauses, "of ours that stand still, all at once, after that (0)")
      .add("serf-kills", &raw.serf_kills, "the same of serf's: kill -9 (0)")
      .add("serf-pauses", &raw.serf_pauses, "the same of serf's: stopped (0)")
      .add("pause-length", &made.pause_length, "how long they stand still (16s)")
      .add("patience", &made.patience, "longest wait for whole views, and for failures (2m)");
  flags.heading("Report").add("json", &made.json_file, "write the figures to this file, too");
}

failure bad(std::string why) {
  return failure{errc::bad_request, std::move(why)};
}

result<swim_settings> settings_of(const raw_options& raw, const live_options& made,
                                  const detector_options& detector) {
  const auto& name = made.settings_name;
  const bool is_agents =
      name == "lan" || name == "wan" || name == "local" || (name == "development" && raw.serf == 0);
  auto found = is_agents ? settings_named(name) : std::nullopt;
  if (!found)
    return bad("-settings " + name + " is none of lan, wan, local and, without serf, development");
  if (auto applied = detector.apply(*found); !applied)
    return applied.error();
  return *found;
}

// `things` happen to some members: the first one, which others join, stays.
result<void> check_share(const char* kind, std::uint64_t members, std::uint64_t things) {
  if (things > 0 && things >= members)
    return bad(fmt::format("of {} members{} {} cannot be killed or paused: the first stays",
                           members, kind, things));
  return {};
}

result<void> check_counts(const raw_options& raw) {
  if (raw.members < 2 || raw.members > members_max)
    return bad(fmt::format("-members must be from 2 to {}", members_max));
  if (raw.serf > serf_members_max)
    return bad(fmt::format("-serf must be at most {}", serf_members_max));
  if (raw.threads < 1 || raw.threads > threads_max)
    return bad(fmt::format("-threads must be from 1 to {}", threads_max));
  if (raw.port < 1 || raw.port > 65'534)  // serf's agents have their RPC on the next one
    return bad("-port must be from 1 to 65534");
  for (const auto count : {raw.kills, raw.pauses, raw.serf_kills, raw.serf_pauses})
    if (count > members_max)
      return bad(fmt::format("there are at most {} members to kill or pause", members_max));
  if (auto checked = check_share("", raw.members, raw.kills + raw.pauses); !checked)
    return checked;
  if (auto checked = check_share(" of serf", raw.serf, raw.serf_kills + raw.serf_pauses); !checked)
    return checked;
  const auto staying = raw.members - raw.kills - raw.pauses;
  if (raw.seeds < 1 || raw.seeds > staying)
    return bad(fmt::format("-seeds must be from 1 to {}, those that are neither killed nor paused",
                           staying));
  return {};
}

result<void> check_times(const live_options& made) {
  constexpr auto time_max = std::chrono::hours{24};
  for (const auto time : {made.join_time, made.settle_max, made.quiet})
    if (time < std::chrono::nanoseconds{0} || time > time_max)
      return bad("-join-time, -settle and -quiet must be from 0s to 24h");
  for (const auto time : {made.pause_length, made.patience})
    if (time <= std::chrono::nanoseconds{0} || time > time_max)
      return bad("-pause-length and -patience must be over 0s and at most 24h");
  return {};
}

}  // namespace

endpoint endpoint_of(const live_options& options, std::uint32_t number) {
  const auto bytes = options.first.address.bytes();
  std::uint32_t address = 0;
  for (const char each : bytes)
    address = address << 8 | static_cast<std::uint8_t>(each);
  address += number;
  std::array<char, 4> next{};
  for (std::size_t i = 0; i < next.size(); ++i)
    next[i] = static_cast<char>(address >> (8 * (next.size() - 1 - i)) & 0xff);
  return {ip_address::from_bytes({next.data(), next.size()}), options.first.port};
}

std::string name_of(const live_options& options, std::uint32_t member) {
  return fmt::format("{}{}", member < options.members ? our_prefix : serf_prefix, member);
}

std::uint32_t number_of(const live_options& options, std::string_view name) {
  const auto none = options.all_members();
  if (!name.starts_with(our_prefix) && !name.starts_with(serf_prefix))
    return none;
  const auto digits = name.substr(our_prefix.size());
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc{} && end == digits.data() + digits.size() ? std::min(number, none)
                                                                      : none;
}

std::uint32_t first_killed(const live_options& options) {
  return options.members - options.kills - options.pauses;
}

std::uint32_t first_paused(const live_options& options) {
  return options.members - options.pauses;
}

result<live_options> parse_live_options(const std::vector<std::string>& args) {
  raw_options raw;
  live_options made;
  messages::go_flags flags;
  declare(flags, raw, made);
  detector_options detector;
  detector.declare(flags);
  if (const auto parsed = flags.parse(args); !parsed)
    return flags.help_requested() ? bad(flags.usage()) : parsed.error();
  if (!flags.rest().empty())
    return bad("what is \"" + flags.rest().front() + "\"? see -help");
  if (auto checked = check_counts(raw); !checked)
    return checked.error();
  if (auto checked = check_times(made); !checked)
    return checked.error();
  auto settings = settings_of(raw, made, detector);
  if (!settings)
    return settings.error();
  made.settings = *settings;
  const auto address = ip_address::parse(raw.address);
  if (!address || !address->is_v4())
    return bad("-first-address " + raw.address + " is no IPv4 address");
  made.first = {*address, static_cast<std::uint16_t>(raw.port)};
  for (const auto& [to, from] : {std::pair{&made.members, raw.members},
                                 {&made.kills, raw.kills},
                                 {&made.pauses, raw.pauses},
                                 {&made.serf_members, raw.serf},
                                 {&made.serf_kills, raw.serf_kills},
                                 {&made.serf_pauses, raw.serf_pauses},
                                 {&made.seeds, raw.seeds},
                                 {&made.threads, raw.threads}})
    *to = static_cast<std::uint32_t>(from);
  const auto last = endpoint_of(made, made.all_members() - 1);
  if (last.address < made.first.address)
    return bad("-first-address " + raw.address + " leaves no addresses for so many members");
  return made;
}

}  // namespace troupe::gossip_scale
