#include "bench/gossip_scale/live/live_command.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <malloc.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/gossip_scale/live/live_members.hpp"
#include "bench/gossip_scale/live/live_report.hpp"
#include "bench/gossip_scale/live/serf_agents.hpp"

namespace troupe::gossip_scale {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr auto look_interval = 20ms;
constexpr auto serf_start_time = 20s;
// A quiet member pings one an interval and is pinged by one: 2 packets sent, and a few more for
// what is lost, late or news of its own.
constexpr double quiet_packets_an_interval = 2.2;
constexpr auto settle_look = 3s;

double seconds_between(clock::time_point from, clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

double own_cpu_s() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

double own_resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double pages = 0;
  file >> pages >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double heap_bytes_in_use() {
  const auto heap = mallinfo2();
  return static_cast<double>(heap.uordblks) + static_cast<double>(heap.hblkhd);
}

// Two sockets a member and its streams.
void allow_many_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

class live_run {
 public:
  live_run(const live_options& options, const std::atomic<bool>& stop)
      : options_(options), stop_(stop), log_(std::make_shared<sighting_log>()) {}

  messages::result<live_report> run() {
    const auto resident_before = own_resident_bytes();
    const auto heap_before = heap_bytes_in_use();
    if (auto started = start(); !started)
      return started.error();
    join();
    settle();
    stay_quiet();
    made_.resident_bytes_a_member = (own_resident_bytes() - resident_before) / options_.members;
    made_.heap_bytes_a_member = (heap_bytes_in_use() - heap_before) / options_.members;
    made_.wrong_failures_before = live_members::total().failures_told;
    if (options_.kills + options_.pauses + options_.serf_kills + options_.serf_pauses > 0)
      harm();
    made_.after = judge(log_->all(), mishaps_, options_.members, options_.all_members());
    made_.is_complete = !stop_;
    getloadavg(&made_.machine_load, 1);
    return made_;
  }

 private:
  messages::result<void> start();
  void join();
  void settle();
  void stay_quiet();
  void harm();
  void kill_some();
  void pause_some();

  // Until it holds or the time is over; shown on a terminal.
  template <class Condition>
  bool wait(const char* what, nanoseconds patience, Condition condition,
            nanoseconds interval = look_interval);
  bool pass(const char* what, nanoseconds time) {
    wait(what, time, [] { return false; });
    return !stop_;
  }
  void show(const char* what, clock::time_point begun, nanoseconds patience);
  bool all_told(bool of_pauses) const;

  const live_options& options_;
  const std::atomic<bool>& stop_;
  std::shared_ptr<sighting_log> log_;
  std::unique_ptr<live_members> ours_;
  std::unique_ptr<serf_agents> serf_;
  std::vector<mishap> mishaps_;
  live_report made_;
  clock::time_point shown_;
};

template <class Condition>
bool live_run::wait(const char* what, nanoseconds patience, Condition condition,
                    nanoseconds interval) {
  std::mutex guard;
  std::condition_variable never;
  std::unique_lock lock(guard);
  const auto begun = clock::now();
  while (!stop_) {
    if (condition())
      return true;
    const auto now = clock::now();
    if (now >= begun + patience)
      return false;
    show(what, begun, patience);
    never.wait_until(lock, std::min(now + interval, begun + patience));
  }
  return false;
}

void live_run::show(const char* what, clock::time_point begun, nanoseconds patience) {
  constexpr auto show_interval = 500ms;
  if (isatty(STDERR_FILENO) == 0 || clock::now() < shown_ + show_interval)
    return;
  shown_ = clock::now();
  fmt::print(stderr, "\r{:<40} {:4.0f} s, {:.0f} s at most left   ", what,
             seconds_between(begun, shown_), seconds_between(shown_, begun + patience));
  std::fflush(stderr);
}

messages::result<void> live_run::start() {
  const auto begun = clock::now();
  auto ours = live_members::start(options_);
  if (!ours)
    return ours.error();
  ours_ = std::move(*ours);
  wait("members start", options_.patience, [&] { return ours_->that_know(1) == options_.members; });
  made_.start_s = seconds_between(begun, clock::now());
  if (options_.serf_members == 0)
    return {};
  auto serf = serf_agents::start(options_, log_);
  if (!serf)
    return serf.error();
  serf_ = std::move(*serf);
  if (!wait("serf agents start", serf_start_time,
            [&] { return serf_->that_know(1) == options_.serf_members; }) &&
      !stop_)
    return messages::failure{
        messages::errc::io,
        fmt::format("only {} of {} serf agents started: is \"{}\" one?", serf_->that_know(1),
                    options_.serf_members, options_.serf_program)};
  return {};
}

void live_run::join() {
  const auto begun = clock::now();
  const auto cpu_before = own_cpu_s();
  ours_->join();
  if (!pass("members join", options_.join_time))
    return;
  const auto last_join = begun + options_.join_time;
  const auto all = options_.all_members();
  const bool is_whole = wait("views become whole", options_.patience, [&] {
    return ours_->that_know(all) == options_.members &&
           (!serf_ || serf_->that_know(all) == options_.serf_members);
  });
  const auto now = clock::now();
  made_.whole_views = ours_->that_know(all);
  made_.whole_serf_views = serf_ ? serf_->that_know(all) : 0;
  if (is_whole)
    made_.whole_views_s = seconds_between(last_join, now);
  made_.join_retries = ours_->join_retries();
  made_.joining_cpu_us =
      (own_cpu_s() - cpu_before) * 1e6 / seconds_between(begun, now) / options_.members;
}

// The news of the joins is told on long after all have heard it.
void live_run::settle() {
  const auto begun = clock::now();
  auto before = live_members::total().packets_sent;
  auto looked = begun;
  const auto probes_s = std::chrono::duration<double>(options_.settings.probe_interval).count();
  const bool is_quiet = wait(
      "the news is told", options_.settle_max,
      [&] {
        const auto now = clock::now();
        if (now < looked + settle_look)
          return false;
        const auto sent = live_members::total().packets_sent;
        const double rate =
            (sent - before) * probes_s / seconds_between(looked, now) / options_.members;
        before = sent;
        looked = now;
        return rate <= quiet_packets_an_interval;
      },
      settle_look);
  made_.settle_s = is_quiet ? seconds_between(begun, clock::now()) : -1;
}

void live_run::stay_quiet() {
  const auto begun = clock::now();
  const auto unix_begun = std::chrono::system_clock::now();
  const auto cpu_before = own_cpu_s();
  const auto sent_before = live_members::total();
  const auto serf_before = serf_ ? serf_->spent() : serf_agents::costs{};
  pass("quiet", options_.quiet);
  made_.quiet_s = seconds_between(begun, clock::now());
  if (made_.quiet_s <= 0)
    return;
  const auto sent = live_members::total();
  const double member_seconds = made_.quiet_s * options_.members;
  made_.ours = {(own_cpu_s() - cpu_before) * 1e6 / member_seconds,
                (sent.packets_sent - sent_before.packets_sent) / member_seconds,
                (sent.packet_bytes_sent - sent_before.packet_bytes_sent) / member_seconds};
  if (!serf_)
    return;
  const auto serf = serf_->spent();
  const double agents = options_.serf_members;
  made_.serf_resident_bytes_a_member = serf.resident_bytes / agents;
  serf_->ask_for_traffic(unix_begun, std::chrono::system_clock::now());
  wait("serf's figures", serf_start_time, [&] { return serf_->has_answered(); });
  pass("serf's figures", 1s);  // what is still in the pipes
  const auto traffic = serf_->traffic();
  made_.serf = side_cost{(serf.cpu_s - serf_before.cpu_s) * 1e6 / made_.quiet_s / agents,
                         traffic.packets_per_s / agents, traffic.bytes_per_s / agents};
}

// -- mishaps ---------------------------------------------------------------------------------

// Whether every healthy member has told of each.
bool live_run::all_told(bool of_pauses) const {
  std::size_t healthy = options_.all_members() - mishaps_.size();
  return std::all_of(mishaps_.begin(), mishaps_.end(), [&](const mishap& each) {
    return each.is_pause != of_pauses || log_->failures_told(each.member) >= healthy;
  });
}

void live_run::harm() {
  ours_->listen(log_);
  wait("members are listened to", options_.patience,
       [&] { return ours_->listening() == options_.members; });
  if (!stop_ && options_.kills + options_.serf_kills > 0)
    kill_some();
  if (!stop_ && options_.pauses + options_.serf_pauses > 0)
    pause_some();
}

void live_run::kill_some() {
  const auto kill = [&](std::uint32_t member, auto& of) {
    of.kill(member);
    mishaps_.push_back({.member = member, .begun = clock::now(), .ended = {}});
  };
  for (std::uint32_t i = 0; i < options_.kills; ++i)
    kill(first_killed(options_) + i, *ours_);
  for (std::uint32_t i = 0; i < options_.serf_kills; ++i)
    kill(options_.all_members() - options_.serf_pauses - 1 - i, *serf_);
  wait("failures are told", options_.patience, [&] { return all_told(false); });
}

void live_run::pause_some() {
  std::vector<std::uint32_t> stopped;
  for (std::uint32_t i = 0; i < options_.serf_pauses; ++i)
    stopped.push_back(options_.all_members() - 1 - i);
  const auto begun = clock::now();
  const auto note = [&](std::uint32_t member) {
    mishaps_.push_back({member, true, begun, begun + options_.pause_length});
  };
  if (options_.pauses > 0)
    ours_->pause(stop_);
  for (std::uint32_t i = 0; i < options_.pauses; ++i)
    note(first_paused(options_) + i);
  for (const auto member : stopped) {
    serf_->stop(member);
    note(member);
  }
  pass("members are paused", options_.pause_length);
  for (const auto member : stopped)
    serf_->go_on(member);
  // Whoever was told of is back once all who told of it say so.
  wait(
      "the paused are back", options_.patience,
      [&] {
        const auto seen = judge(log_->all(), mishaps_, options_.members, options_.all_members());
        return std::all_of(seen.mishaps.begin(), seen.mishaps.end(), [](const noticed& each) {
          return !each.is_pause || each.back_all_s >= 0 || each.ours.told + each.serf.told == 0;
        });
      },
      settle_look);
}

}  // namespace

int live_command(const std::vector<std::string>& args, const std::atomic<bool>& stop) {
  const auto options = parse_live_options(args);
  if (!options) {
    fmt::print(stderr, "{}\n", options.error().detail);
    return 2;
  }
  spdlog::set_level(spdlog::level::err);
  allow_many_descriptors();
  live_run run(*options, stop);
  const auto report = run.run();
  if (isatty(STDERR_FILENO) != 0)
    fmt::print(stderr, "\r{:<78}\r", "");
  if (!report) {
    fmt::print(stderr, "{}\n", report.error().detail);
    return 1;
  }
  fmt::print("{}", to_text(*options, *report));
  if (options->json_file.empty())
    return 0;
  std::ofstream out{options->json_file};
  if (out << to_json(*options, *report) << std::flush)
    return 0;
  fmt::print(stderr, "cannot write {}\n", options->json_file);
  return 1;
}

}  // namespace troupe::gossip_scale
