#include "deploy/agent/commands.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include "deploy/agent/agent_config.hpp"
#include "deploy/agent/log_lines.hpp"
#include "deploy/agent/node.hpp"
#include "messages/version.hpp"

namespace troupe::agent {

namespace {

using gateway::cli::command;
using gateway::cli::terminal;

// Signals that end the agent or ask something of it. SIGUSR1 is our own: a request asked to leave.
constexpr int asked_to_leave = SIGUSR1;
constexpr int gave_up_joining = SIGUSR2;

int refuse(const terminal& with, const std::string& why) {
  with.err("==> " + why + "\n");
  return 1;
}

// Every waiting query and every watched connection is a descriptor.
void allow_many_files() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
}

std::string yes_or_no(bool value) {
  return value ? "true" : "false";
}

void greet(const node& running, const terminal& with) {
  const auto& config = running.config();
  const std::vector<std::pair<std::string, std::string>> lines{
      {"Version",
       fmt::format("'{}' (troupe {})", messages::consul_version, messages::troupe_version)},
      {"Node ID", fmt::format("'{}'", running.id())},
      {"Node name", fmt::format("'{}'", config.node_name)},
      {"Datacenter",
       fmt::format("'{}' (Segment: '{}')", config.datacenter, config.server ? "<all>" : "")},
      {"Server",
       fmt::format("{} (Bootstrap: {})", yes_or_no(config.server), yes_or_no(config.bootstrap))},
      {"Client Addr",
       fmt::format("[{}] (HTTP: {}, HTTPS: -1, gRPC: -1, gRPC-TLS: -1, DNS: {})",
                   fmt::join(config.addresses.http, " "), config.ports.http, config.ports.dns)},
      {"Cluster Addr", config.addresses.advertise},
      {"Gossip Encryption", "false"},
      {"ACL Enabled", "false"},
  };
  with.out("==> Starting Consul agent...\n");
  for (const auto& [name, value] : lines)
    with.out(fmt::format("{:>17}: {}\n", name, value));
  with.out("\n==> Log data will now stream in as it occurs:\n\n");
}

sigset_t watched_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int each : {SIGINT, SIGTERM, SIGHUP, asked_to_leave, gave_up_joining})
    sigaddset(&signals, each);
  return signals;
}

// Waits until the agent is to end; its exit code.
int wait_for_the_end(node& running, const sigset_t& signals) {
  const auto& config = running.config();
  for (;;) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal == asked_to_leave)
      return 0;
    if (signal == gave_up_joining)
      return 1;
    if (signal == SIGHUP) {
      spdlog::info("agent: Caught: signal=hangup");
      running.reload();
      continue;
    }
    spdlog::info("agent: Caught: signal={}", signal == SIGINT ? "interrupt" : "terminated");
    const bool leaves =
        signal == SIGINT ? !config.skip_leave_on_interrupt : config.leave_on_terminate;
    return leaves ? 0 : 1;
  }
}

// A second signal while the agent ends, or an end that takes too long, forces it.
void force_the_end_if_asked_again(const sigset_t& signals) {
  constexpr unsigned seconds_to_end_max = 45;  // two pools are told of a leave, one after the other
  std::signal(SIGINT, [](int) { _exit(1); });
  std::signal(SIGTERM, [](int) { _exit(1); });
  std::signal(SIGALRM, [](int) { _exit(1); });
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  alarm(seconds_to_end_max);
}

messages::result<void> write_pid(const std::string& path) {
  if (path.empty())
    return {};
  std::ofstream file(path);
  file << getpid();
  file.close();
  if (!file)
    return messages::failure{messages::errc::io, fmt::format("Could not write pid file {}", path)};
  return {};
}

int run_agent(const command& self, const std::vector<std::string>& args, const terminal& with) {
  auto config = parse_agent_command_line(args);
  if (!config) {
    if (config.error().detail == "flag: help requested") {
      with.out(fmt::format("{}\n\n{}", self.usage, agent_flags_usage()));
      return 0;
    }
    return refuse(with, config.error().detail);
  }
  allow_many_files();
  set_up_log(config->log);
  // Before any thread starts, so that all of them leave these signals to this one.
  const sigset_t signals = watched_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  const std::string pid_file = config->pid_file;
  auto running =
      node::start(std::move(*config), {.on_leave = [] { kill(getpid(), asked_to_leave); },
                                       .on_give_up = [] { kill(getpid(), gave_up_joining); }});
  if (!running)
    return refuse(with, running.error().detail);
  if (auto written = write_pid(pid_file); !written)
    return refuse(with, written.error().detail);
  greet(**running, with);
  for (const auto& warning : (*running)->config().warnings)
    spdlog::warn("agent: {}", warning);
  spdlog::info("agent: Consul agent running!");
  const int code = wait_for_the_end(**running, signals);
  force_the_end_if_asked_again(signals);
  if (code == 0)
    (*running)->leave();
  running = std::unique_ptr<node>();
  std::error_code ignored;
  if (!pid_file.empty())
    std::filesystem::remove(pid_file, ignored);
  spdlog::info("agent: Exit code: code={}", code);
  return code;
}

int validate(const command& self, const std::vector<std::string>& args, const terminal& with) {
  bool quiet = false;
  std::string format;
  messages::go_flags flags;
  flags.add("quiet", &quiet, "Say nothing if the configuration is valid.")
      .add("config-format", &format, "hcl or json, for files with another ending.");
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  if (flags.rest().empty()) {
    with.err("Must specify at least one config file or directory\n");
    return 1;
  }
  std::vector<std::string> skipped;
  auto given = load_config_paths(flags.rest(), format, skipped);
  auto config = given ? make_agent_config(std::move(*given), false)
                      : messages::result<agent_config>(given.error());
  auto valid = config ? config->validate() : messages::result<void>(config.error());
  if (!valid) {
    with.err("Config validation failed: " + valid.error().detail + "\n");
    return 1;
  }
  if (!quiet)
    with.out("Configuration is valid!\n");
  return 0;
}

}  // namespace

std::vector<command> commands() {
  return {
      {"agent", "Runs a Consul agent",
       "Usage: consul agent [options]\n\n  Starts an agent and runs until it is told to end.",
       run_agent},
      {"validate", "Validate config files/directories",
       "Usage: consul validate [options] FILE_OR_DIRECTORY...\n\n"
       "  Says whether an agent would start with this configuration.",
       validate},
  };
}

}  // namespace troupe::agent
