// Pools of live members on loopback, over real UDP and TCP:
//
//   gossip_live converge [MEMBERS] [CRASHES]   how soon all know all, and all know of a crash;
//                                              beside the simulator and first principles
//
// Settings are the LAN's. The members of a process share two threads. The simulator's members have
// no tags; an agent's tags triple what a member's alive message takes of a datagram, so converge
// shows pools without tags and, for their views alone, with them.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "actors/gossip/gossip_member_actor.hpp"
#include "bench/gossip_scale/gossip_world.hpp"
#include "messages/ensure.hpp"

namespace troupe::bench {
namespace {

namespace m = messages;
namespace gossip = actors::gossip;
namespace swim = actors::gossip::swim;
using actors::gossip_member_actor;
using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;
using member_count = std::shared_ptr<std::atomic<std::size_t>>;

constexpr std::size_t thread_count = 2;
constexpr auto settle_time = 20s;  // what the joins brought is told by then, in a pool of hundreds
constexpr auto patience = 180s;
constexpr auto request_timeout = 30s;
constexpr auto look_interval = 2ms;

double since(clock::time_point begun) {
  return seconds(clock::now() - begun).count();
}

double middle(std::vector<double> all) {
  if (all.empty())
    return -1;
  const auto half = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  std::ranges::nth_element(all, half);
  return *half;
}

double largest(const std::vector<double>& all) {
  return all.empty() ? -1 : *std::ranges::max_element(all);
}

double smallest(const std::vector<double>& all) {
  return all.empty() ? -1 : *std::ranges::min_element(all);
}

double own_cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

double machine_load() {
  double load = 0;
  getloadavg(&load, 1);
  return load;
}

// -- what is measured, live or simulated -------------------------------------------------------

// Seconds after a crash until the first, half of, and all the others announced it.
struct detection {
  double first = -1;
  double median = -1;
  double all = -1;
};

struct course {
  double median_view = -1;  // seconds after the joins were asked for until a member knew all
  double all_views = -1;
  std::vector<detection> detections;
  std::uint64_t false_positives = 0;  // after the bootstrap, by any member
};

detection to_detection(const std::vector<double>& told, std::size_t others) {
  return {smallest(told), middle(told), told.size() < others ? -1 : largest(told)};
}

// -- live ---------------------------------------------------------------------------------------

// What the members say about failures, collected by an actor that all of them tell.
class failure_log {
 public:
  void expect(std::string name) {
    const std::lock_guard lock(guard_);
    name_ = std::move(name);
    begun_ = clock::now();
    told_.clear();
  }
  void note(const std::string& name) {
    const std::lock_guard lock(guard_);
    if (name == name_)
      told_.push_back(since(begun_));
    else
      ++others_;
  }
  std::vector<double> told() const {
    const std::lock_guard lock(guard_);
    return told_;
  }
  std::uint64_t others() const {
    const std::lock_guard lock(guard_);
    return others_;
  }

 private:
  mutable std::mutex guard_;
  std::string name_;
  clock::time_point begun_;
  std::vector<double> told_;
  std::uint64_t others_ = 0;
};

caf::behavior listener(caf::event_based_actor* self,
                       const std::vector<gossip_member_actor>& members,
                       const std::shared_ptr<failure_log>& log) {
  for (const auto& each : members)
    self->send(each, m::SubscribeToMembers());
  return {[log](const m::MemberEvent& event) {
    if (event.kind() == m::MemberEvent::FAILED)
      for (const auto& each : event.members())
        log->note(each.name());
  }};
}

// Told a member's number, it lets that join the seed; again each second until it has.
caf::behavior joiner(caf::event_based_actor* self, const std::vector<gossip_member_actor>& members,
                     std::uint16_t seed_port, const std::shared_ptr<std::atomic<int>>& retries) {
  return {[=](std::uint32_t number) {
    const auto again = [=] {
      ++*retries;
      self->delayed_send(self, 1s, number);
    };
    m::JoinPool request;
    request.add_addresses("127.0.0.1:" + std::to_string(seed_port));
    self->request(members[number], caf::infinite, std::move(request))
        .then(
            [again](const m::PoolJoined& answer) {
              if (answer.joined() == 0)
                again();
            },
            [again](const caf::error&) { again(); });
  }};
}

struct member_kind {
  gossip::serf::tag_map tags;
};
// An agent's.
const gossip::serf::tag_map agent_tags = {
    {"role", "node"}, {"dc", "dc1"}, {"segment", ""},  {"build", "1.22.7:"},
    {"vsn_min", "2"}, {"vsn", "2"},  {"vsn_max", "3"}, {"id", std::string(36, 'd')}};

// The members of a pool that live in this process.
class local_members {
 public:
  // `counts`: one a member, of which each keeps what it knows.
  local_members(const std::string& prefix, const member_kind& kind,
                std::vector<member_count> counts, std::size_t threads)
      : counts_(std::move(counts)) {
    settings_.set("scheduler.policy", caf::atom("sharing"));
    settings_.set("scheduler.max-threads", std::size_t{1});
    system_ = std::make_unique<caf::actor_system>(settings_);
    for (std::size_t i = 0; i < threads; ++i)
      homes_.push_back(std::make_unique<actors::io_thread>(*system_));
    for (std::size_t i = 0; i < counts_.size(); ++i)
      members_.push_back(start(prefix + std::to_string(i), i, kind));
    for (const auto& each : homes_)
      each->start();
  }
  local_members(const local_members&) = delete;
  local_members& operator=(const local_members&) = delete;
  ~local_members() {
    for (const auto& each : {joiner_, listener_})
      caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
    for (const auto& each : members_)
      caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
    joiner_ = nullptr;
    listener_ = nullptr;
    system_->await_all_actors_done();
    for (const auto& each : homes_)
      each->stop();
    members_.clear();
  }

  const std::vector<member_count>& counts() const { return counts_; }
  int join_retries() const { return *retries_; }
  // Of a member the name and the port.
  std::pair<std::string, std::uint16_t> own(std::size_t member) {
    std::pair<std::string, std::uint16_t> found;
    ask<m::Members>(member, m::MembersQuery(), [&](const m::Members& all) {
      m::ensure(all.members_size() == 1);  // before it has joined
      found = {all.members(0).name(), static_cast<std::uint16_t>(all.members(0).port())};
    });
    return found;
  }

  // All from `first` on, one each `pace`.
  // Those that know `whole` need not.
  void join(std::size_t first, std::uint16_t seed_port, clock::duration pace,
            std::size_t whole = std::numeric_limits<std::size_t>::max()) {
    if (!joiner_)
      joiner_ = system_->spawn(joiner, members_, seed_port, retries_);
    for (std::size_t i = first; i < members_.size(); ++i) {
      if (counts_[i]->load() >= whole)
        continue;
      caf::anon_send(joiner_, static_cast<std::uint32_t>(i));
      if (pace > clock::duration{0})
        std::this_thread::sleep_for(pace);
    }
  }

  std::shared_ptr<failure_log> listen() {
    auto log = std::make_shared<failure_log>();
    listener_ = system_->spawn(listener, members_, log);
    return log;
  }

  // It says nothing to anybody; its sockets are closed.
  void kill(std::size_t member) { caf::anon_send_exit(members_[member], caf::exit_reason::kill); }

  // The sum over all members of one of m::PoolStats.
  long total(const std::string& name) {
    long sum = 0;
    for (std::size_t i = 0; i < members_.size(); ++i)
      ask<m::PoolStats>(i, m::PoolStatsQuery(), [&](const m::PoolStats& stats) {
        sum += std::atol(stats.values().at(name).c_str());
      });
    return sum;
  }

 private:
  gossip_member_actor start(const std::string& name, std::size_t number, const member_kind& kind) {
    actors::gossip_member_settings made;
    made.pool.serf = gossip::serf::consul_lan();
    made.pool.serf.node_name = name;
    made.pool.serf.tags = kind.tags;
    made.pool.swim = swim::swim_settings::lan();
    auto address = gossip::ip_address::parse("127.0.0.1");
    m::ensure(address.has_value());
    made.bind.address = *address;
    made.pool.advertise = made.bind;
    made.random_seed = number + 1;
    made.log_name = name;
    made.member_count = counts_[number];
    auto spawned =
        actors::spawn_gossip_member(*system_, *homes_[number % homes_.size()], std::move(made));
    if (!spawned) {
      std::fprintf(stderr, "%s: %s\n", name.c_str(), spawned.error().detail.c_str());
      std::exit(1);
    }
    return *spawned;
  }

  template <class Answer, class Request, class Use>
  void ask(std::size_t member, Request request, const Use& use) {
    caf::scoped_actor asking(*system_);
    asking->request(members_[member], request_timeout, std::move(request))
        .receive([&](const Answer& answer) { use(answer); },
                 [&](const caf::error& why) {
                   std::fprintf(stderr, "no answer: %s\n", system_->render(why).c_str());
                   std::exit(1);
                 });
  }

  const std::vector<member_count> counts_;
  std::shared_ptr<std::atomic<int>> retries_ = std::make_shared<std::atomic<int>>(0);
  caf::actor_system_config settings_;
  std::unique_ptr<caf::actor_system> system_;
  std::vector<std::unique_ptr<actors::io_thread>> homes_;
  std::vector<gossip_member_actor> members_;
  caf::actor joiner_;
  caf::actor listener_;
};

std::vector<member_count> fresh_counts(std::size_t members) {
  std::vector<member_count> all(members);
  for (auto& each : all)
    each = std::make_shared<std::atomic<std::size_t>>(0);
  return all;
}

// For each member the seconds until it knew `whole`; fewer if patience ended.
std::vector<double> watch_views(const std::vector<member_count>& counts, std::size_t whole,
                                clock::time_point begun, clock::duration patient = patience) {
  std::vector<double> taken;
  std::vector<bool> done(counts.size(), false);
  while (taken.size() < counts.size() && clock::now() < begun + patient) {
    std::this_thread::sleep_for(look_interval);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (done[i] || counts[i]->load() < whole)
        continue;
      done[i] = true;
      taken.push_back(since(begun));
    }
  }
  return taken;
}

course live_course(std::size_t members, std::size_t crashes, const member_kind& kind) {
  local_members pool("live-", kind, fresh_counts(members), thread_count);
  std::vector<std::string> names;
  for (std::size_t i = 1; i <= crashes; ++i)
    names.push_back(pool.own(i).first);
  const auto seed_port = pool.own(0).second;

  course made;
  const auto begun = clock::now();
  const double cpu_at_begin = own_cpu_seconds();
  pool.join(1, seed_port, 0s);
  const auto taken = watch_views(pool.counts(), members, begun);
  made.median_view = middle(taken);
  made.all_views = taken.size() < members ? -1 : largest(taken);
  std::printf(
      "live: %zu of %zu views whole, %.1f s of CPU for it; %d joins tried again; "
      "%ld wrongly failed at that moment\n",
      taken.size(), members, own_cpu_seconds() - cpu_at_begin, pool.join_retries(),
      pool.total("failed"));

  if (crashes == 0)
    return made;
  const auto log = pool.listen();
  std::this_thread::sleep_for(settle_time);
  const double cpu_when_quiet = own_cpu_seconds();
  const auto quiet = clock::now();
  for (std::size_t i = 0; i < crashes; ++i) {
    log->expect(names[i]);
    const auto killed = clock::now();
    pool.kill(i + 1);
    const auto others = members - 1 - i;
    while (log->told().size() < others && clock::now() < killed + patience)
      std::this_thread::sleep_for(look_interval);
    made.detections.push_back(to_detection(log->told(), others));
  }
  std::printf(
      "live: %.0f us of CPU a member-second from then on, beside the crashes\n",
      (own_cpu_seconds() - cpu_when_quiet) * 1e6 / since(quiet) / static_cast<double>(members));
  made.false_positives = log->others();
  return made;
}

// -- simulated ----------------------------------------------------------------------------------

course simulated_course(std::uint32_t members, std::size_t crashes, std::uint64_t seed) {
  using gossip_scale::observation;
  gossip_scale::gossip_world world{{.members = members,
                                    .settings = swim::swim_settings::lan(),
                                    .network = {.latency_min = 20us, .latency_tail = 30us},
                                    .seed = seed,
                                    .acquainted = false,
                                    .start_spread = 1s}};
  std::vector<std::uint32_t> known(members, 1);
  std::vector<double> whole;
  std::vector<double> told;
  swim::time_point begun;
  auto crashed = swim::no_member;
  course made;
  bool is_bootstrap = true;
  world.observe([&](const observation& seen) {
    const auto after = seconds(seen.at - begun).count();
    if (seen.event.kind == swim::event_kind::joined && seen.event.about != seen.observer) {
      if (is_bootstrap && ++known[seen.observer.value] == members)
        whole.push_back(after);
    } else if (seen.event.kind == swim::event_kind::failed) {
      if (seen.event.about == crashed)
        told.push_back(after);
      else
        made.false_positives += !is_bootstrap;
    }
  });
  const auto run_until_told = [&](const std::vector<double>& by, std::size_t wanted) {
    while (by.size() < wanted && world.now() < begun + patience)
      world.run_for(100ms);
  };

  world.run_for(2s);
  begun = world.now();
  for (std::uint32_t i = 1; i < members; ++i)
    world.join({i}, {0});
  run_until_told(whole, members);
  is_bootstrap = false;
  made.median_view = middle(whole);
  made.all_views = whole.size() < members ? -1 : largest(whole);
  world.run_for(settle_time);
  for (std::uint32_t i = 0; i < crashes; ++i) {
    told.clear();
    crashed = {i + 1};
    begun = world.now();
    world.crash(crashed);
    run_until_told(told, members - 1 - i);
    made.detections.push_back(to_detection(told, members - 1 - i));
  }
  return made;
}

// -- one beside the other -----------------------------------------------------------------------

struct low_middle_high {
  double low;
  double middle;
  double high;
};

low_middle_high spread_of(const std::vector<double>& all) {
  return {smallest(all), middle(all), largest(all)};
}

template <class Of>
std::vector<double> each_detection(const std::vector<course>& runs, const Of& of) {
  std::vector<double> all;
  for (const auto& run : runs)
    for (const auto& one : run.detections)
      all.push_back(of(one));
  return all;
}

void print_line(const char* what, const std::vector<double>& live,
                const std::vector<double>& simulated, double formula) {
  const auto is = spread_of(live);
  const auto should = spread_of(simulated);
  std::printf("%-34s %6.2f (%5.2f..%5.2f)  %6.2f (%5.2f..%5.2f)  x %4.2f", what, is.middle, is.low,
              is.high, should.middle, should.low, should.high, is.middle / should.middle);
  if (formula >= 0)
    std::printf("  %6.2f", formula);
  std::printf("\n");
}

int converge(std::uint32_t members, std::size_t crashes) {
  constexpr std::uint64_t simulated_runs = 20;
  if (members < crashes + 3) {
    std::fprintf(stderr, "too few members\n");
    return 2;
  }
  const double load_before = machine_load();
  std::vector<course> live{live_course(members, crashes, {})};
  const std::vector<course> tagged{live_course(members, 0, {.tags = agent_tags})};
  std::vector<course> simulated;
  for (std::uint64_t seed = 1; seed <= simulated_runs; ++seed)
    simulated.push_back(simulated_course(members, crashes, seed));

  const auto each_view = [](const std::vector<course>& runs, double course::*of) {
    std::vector<double> all;
    for (const auto& run : runs)
      all.push_back(run.*of);
    return all;
  };
  // A ping arrives at the crashed member at rate 1/s, its round ends after 1 s, and then the
  // suspicion lasts its minimum, for others confirm it.
  const auto settings = swim::swim_settings::lan();
  const double round = seconds(settings.probe_interval).count();
  const double formula = round * (std::log(2) + 1 +
                                  settings.suspicion_multiplier *
                                      std::max(1.0, std::log10(static_cast<double>(members))));
  std::uint64_t wrong = 0;
  for (const auto& run : simulated)
    wrong += run.false_positives;
  std::printf(
      "\n%u members; seconds: middle (least..most) of %zu crashes live, of %llu simulated "
      "pools, and live x simulated\n",
      members, crashes, static_cast<unsigned long long>(simulated_runs));
  std::printf("%-34s %-22s  %-22s  %6s  %6s\n", "", "live", "simulated", "ratio", "formula");
  print_line("views whole, median member", each_view(live, &course::median_view),
             each_view(simulated, &course::median_view), -1);
  print_line("views whole, all", each_view(live, &course::all_views),
             each_view(simulated, &course::all_views), -1);
  print_line("the same with an agent's tags", each_view(tagged, &course::all_views),
             each_view(simulated, &course::all_views), -1);
  const auto line = [&](const char* what, double detection::*of, double expected) {
    const auto field = [of](const detection& one) { return one.*of; };
    print_line(what, each_detection(live, field), each_detection(simulated, field), expected);
  };
  line("crash known to the first", &detection::first, formula);
  line("crash known to the median member", &detection::median, -1);
  line("crash known to all", &detection::all, -1);
  std::printf("healthy members announced failed: live %llu, simulated %llu\n",
              static_cast<unsigned long long>(live.front().false_positives),
              static_cast<unsigned long long>(wrong));
  std::printf("load of the machine: %.1f before, %.1f after, %u processors\n", load_before,
              machine_load(), std::thread::hardware_concurrency());
  return live.front().all_views < 0 ? 1 : 0;
}

// -- the program -------------------------------------------------------------------------------

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

int run(int count, char** words) {
  const auto number = [&](int at, int otherwise) {
    return count > at ? std::max(0, std::atoi(words[at])) : otherwise;
  };
  const std::string subject = count > 1 ? words[1] : "";
  raise_file_limit();
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  spdlog::set_level(spdlog::level::err);
  if (subject == "converge")
    return converge(static_cast<std::uint32_t>(number(2, 200)),
                    static_cast<std::size_t>(number(3, 3)));
  std::fprintf(stderr, "gossip_live converge [MEMBERS] [CRASHES]\n");
  return 2;
}

}  // namespace
}  // namespace troupe::bench

int main(int count, char** words) {
  return troupe::bench::run(count, words);
}
