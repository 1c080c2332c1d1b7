#include "bench/gossip_scale/live/serf_agents.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/gossip_scale/live/live_members.hpp"
#include "bench/gossip_scale/live/serf_log.hpp"

namespace troupe::gossip_scale {

using messages::errc;
using messages::failure;
using messages::result;

namespace {

std::vector<std::string> command_of(const live_options& options, std::uint32_t member) {
  const auto own = endpoint_of(options, member);
  auto rpc = own;
  ++rpc.port;
  std::vector<std::string> words = {options.serf_program,
                                    "agent",
                                    "-node=" + name_of(options, member),
                                    "-bind=" + own.text(),
                                    "-rpc-addr=" + rpc.text(),
                                    "-profile=" + options.settings_name,
                                    "-retry-join=" + endpoint_of(options, 0).text(),
                                    "-retry-interval=1s",
                                    "-log-level=info"};
  // As long together as those of ours.
  if (options.has_tags)
    for (const auto& tag :
         {std::string("role=node"), std::string("dc=dc1"), std::string("build=1.22.7:"),
          std::string("vsn=2"), "id=" + std::string(36, 'd')})
      words.push_back("-tag=" + tag);
  // 32 bytes 'k', as ours have.
  if (options.is_encrypted)
    words.emplace_back("-encrypt=a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=");
  return words;
}

struct process {
  pid_t id = 0;
  int output = -1;
  std::uint32_t member = 0;
  std::string unread;
  std::atomic<int> known = 0;
  bool has_answered = false;
  int intervals = 0;
  double packets = 0;
  double bytes = 0;
};

[[noreturn]] void become(std::vector<std::string> words, int output) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (auto& word : words)
    pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execvp(pointers.front(), pointers.data());
  _exit(127);
}

double cpu_seconds(pid_t id) {
  std::ifstream file("/proc/" + std::to_string(id) + "/stat");
  std::string line;
  std::getline(file, line);
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos)
    return 0;
  std::istringstream fields(line.substr(name_end + 2));
  std::string word;
  double ticks = 0;
  // Fields 14 and 15 of the line; the one behind the name is the third.
  for (int i = 3; i <= 15 && fields >> word; ++i)
    if (i >= 14)
      ticks += std::atof(word.c_str());
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double resident_bytes(pid_t id) {
  std::ifstream file("/proc/" + std::to_string(id) + "/statm");
  double pages = 0;
  file >> pages >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace

struct serf_agents::parts {
  parts(live_options given, std::shared_ptr<sighting_log> noted_in)
      : options(std::move(given)), log(std::move(noted_in)) {}

  result<void> start(std::uint32_t member);
  void read_all();
  void read(process& from);
  void take(process& from, std::string_view line);
  void take(process& from, const serf_member_line& line);
  void take(process& from, const serf_counter_line& line);
  process& of(std::uint32_t member) { return *processes[member - options.members]; }

  live_options options;
  std::shared_ptr<sighting_log> log;
  std::vector<std::unique_ptr<process>> processes;
  mutable std::mutex guard;  // of the traffic figures
  std::chrono::system_clock::time_point from;
  std::chrono::system_clock::time_point to;
  std::atomic<bool> is_ending = false;
  std::thread reader;
};

result<void> serf_agents::parts::start(std::uint32_t member) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return failure{errc::io, std::string("no pipe: ") + std::strerror(errno)};
  auto made = std::make_unique<process>();
  made->member = member;
  made->output = ends[0];
  auto words = command_of(options, member);
  made->id = fork();
  if (made->id == 0)
    become(std::move(words), ends[1]);
  close(ends[1]);
  if (made->id < 0) {
    close(ends[0]);
    return failure{errc::io, std::string("no process: ") + std::strerror(errno)};
  }
  fcntl(made->output, F_SETFL, O_NONBLOCK);
  processes.push_back(std::move(made));
  return {};
}

void serf_agents::parts::read_all() {
  constexpr int look_interval_ms = 100;  // at is_ending
  std::vector<pollfd> waiting;
  while (!is_ending) {
    waiting.clear();
    for (const auto& each : processes)
      waiting.push_back({each->output, POLLIN, 0});  // a descriptor below 0 is passed over
    if (poll(waiting.data(), waiting.size(), look_interval_ms) <= 0)
      continue;
    for (std::size_t i = 0; i < waiting.size(); ++i)
      if (waiting[i].revents != 0)
        read(*processes[i]);
  }
}

void serf_agents::parts::read(process& from_process) {
  std::array<char, 16'384> chunk;
  const auto bytes = ::read(from_process.output, chunk.data(), chunk.size());
  if (bytes <= 0) {
    if (bytes == 0 || errno != EAGAIN) {
      close(from_process.output);
      from_process.output = -1;
    }
    return;
  }
  auto& text = from_process.unread;
  text.append(chunk.data(), static_cast<std::size_t>(bytes));
  std::size_t begin = 0;
  for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    take(from_process, std::string_view{text}.substr(begin, end - begin));
    begin = end + 1;
  }
  text.erase(0, begin);
}

void serf_agents::parts::take(process& from_process, std::string_view line) {
  if (const auto said = parse_serf_line(line))
    std::visit([&](const auto& what) { take(from_process, what); }, *said);
}

void serf_agents::parts::take(process& from_process, const serf_member_line& line) {
  from_process.known += line.is_join ? 1 : -1;
  const auto about = number_of(options, line.name);
  if (about < options.all_members() && (line.is_join || line.is_failure))
    log->add({std::chrono::steady_clock::now(), from_process.member, about, line.is_failure});
}

void serf_agents::parts::take(process& from_process, const serf_counter_line& line) {
  if (line.name != "memberlist.udp.sent")
    return;
  const std::lock_guard lock(guard);
  from_process.has_answered = true;
  if (line.begun < from || line.begun + serf_interval > to)
    return;
  ++from_process.intervals;
  from_process.packets += line.count;
  from_process.bytes += line.sum;
}

serf_agents::serf_agents(std::unique_ptr<parts> made) : parts_(std::move(made)) {}

result<std::unique_ptr<serf_agents>> serf_agents::start(const live_options& options,
                                                        std::shared_ptr<sighting_log> log) {
  std::unique_ptr<serf_agents> made(
      new serf_agents(std::make_unique<parts>(options, std::move(log))));
  for (auto member = options.members; member < options.all_members(); ++member)
    if (auto started = made->parts_->start(member); !started)
      return started.error();
  made->parts_->reader = std::thread([own = made->parts_.get()] { own->read_all(); });
  return made;
}

serf_agents::~serf_agents() {
  parts_->is_ending = true;
  if (parts_->reader.joinable())
    parts_->reader.join();
  for (const auto& each : parts_->processes) {
    ::kill(each->id, SIGKILL);
    waitpid(each->id, nullptr, 0);
    if (each->output >= 0)
      close(each->output);
  }
}

std::size_t serf_agents::that_know(std::size_t members) const {
  std::size_t count = 0;
  for (const auto& each : parts_->processes)
    count += each->known >= static_cast<int>(members);
  return count;
}

serf_agents::costs serf_agents::spent() const {
  costs made;
  for (const auto& each : parts_->processes) {
    made.cpu_s += cpu_seconds(each->id);
    made.resident_bytes += resident_bytes(each->id);
  }
  return made;
}

void serf_agents::ask_for_traffic(std::chrono::system_clock::time_point from,
                                  std::chrono::system_clock::time_point to) {
  {
    const std::lock_guard lock(parts_->guard);
    parts_->from = from;
    parts_->to = to;
  }
  for (const auto& each : parts_->processes)
    ::kill(each->id, SIGUSR1);
}

bool serf_agents::has_answered() const {
  const std::lock_guard lock(parts_->guard);
  for (const auto& each : parts_->processes)
    if (!each->has_answered)
      return false;
  return true;
}

serf_agents::sent serf_agents::traffic() const {
  const std::lock_guard lock(parts_->guard);
  sent made;
  const double interval_s = std::chrono::duration<double>(serf_interval).count();
  for (const auto& each : parts_->processes) {
    if (each->intervals == 0)
      continue;
    made.packets_per_s += each->packets / (each->intervals * interval_s);
    made.bytes_per_s += each->bytes / (each->intervals * interval_s);
  }
  return made;
}

void serf_agents::kill(std::uint32_t member) {
  ::kill(parts_->of(member).id, SIGKILL);
}

void serf_agents::stop(std::uint32_t member) {
  ::kill(parts_->of(member).id, SIGSTOP);
}

void serf_agents::go_on(std::uint32_t member) {
  ::kill(parts_->of(member).id, SIGCONT);
}

}  // namespace troupe::gossip_scale
