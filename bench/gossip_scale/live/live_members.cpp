#include "bench/gossip_scale/live/live_members.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "actors/gossip/gossip_member_actor.hpp"
#include "actors/runtime/heap_trimmer.hpp"
#include "actors/runtime/metrics.hpp"
#include "bench/gossip_scale/agent_words.hpp"

namespace troupe::gossip_scale {

namespace m = messages;
using actors::gossip_member_actor;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {

constexpr auto join_retry = 1s;

// Told a member's number, it lets that join its seed; again each second until it has.
caf::behavior joiner(caf::event_based_actor* self, const std::vector<gossip_member_actor>& members,
                     const live_options& options,
                     const std::shared_ptr<std::atomic<std::size_t>>& retries) {
  return {[=](std::uint32_t number) {
    const auto again = [=] {
      ++*retries;
      self->delayed_send(self, join_retry, number);
    };
    m::JoinPool request;
    const auto seed = number < options.seeds ? 0 : number % options.seeds;
    request.add_addresses(endpoint_of(options, seed).text());
    self->request(members[number], caf::infinite, std::move(request))
        .then(
            [again](const m::PoolJoined& answer) {
              if (answer.joined() == 0)
                again();
            },
            [again](const caf::error&) { again(); });
  }};
}

struct listening_at {
  live_options options;
  gossip_member_actor member;
  std::uint32_t number = 0;
  std::shared_ptr<sighting_log> log;
  std::function<void()> when_begun;
};

// Notes what one member says of the others. The first word is all that it knows.
caf::behavior listener(caf::event_based_actor* self, const listening_at& at) {
  self->send(at.member, m::SubscribeToMembers());
  return {[at, has_begun = false](const m::MemberEvent& event) mutable {
    if (!std::exchange(has_begun, true))
      return at.when_begun();
    const bool is_failure = event.kind() == m::MemberEvent::FAILED;
    if (!is_failure && event.kind() != m::MemberEvent::JOINED)
      return;
    const auto now = clock::now();
    for (const auto& each : event.members())
      if (const auto about = number_of(at.options, each.name()); about < at.options.all_members())
        at.log->add({now, at.number, about, is_failure});
  }};
}

}  // namespace

struct live_members::parts {
  explicit parts(live_options given) : options(std::move(given)) {
    settings.set("scheduler.policy", caf::atom("sharing"));
    settings.set("scheduler.max-threads", std::size_t{1});
    system = std::make_unique<caf::actor_system>(settings);
    // Those that are to be paused have a thread to themselves.
    for (std::uint32_t i = 0; i < options.threads + (options.pauses > 0 ? 1 : 0); ++i) {
      homes.push_back(std::make_unique<actors::io_thread>(*system));
      directories.push_back(std::make_shared<actors::gossip::pool_directory>());
    }
  }

  std::size_t home_of(std::uint32_t member) const {
    return member >= first_paused(options) ? homes.size() - 1 : member % options.threads;
  }

  m::result<void> start_member(std::uint32_t number) {
    actors::gossip_member_settings made;
    made.pool.serf = actors::gossip::serf::consul_lan();
    made.pool.serf.node_name = name_of(options, number);
    if (options.has_tags)
      made.pool.serf.tags = agent_tags(number);
    made.pool.serf.gossip_interval = options.settings.gossip_interval;
    made.pool.serf.retransmit_multiplier = options.settings.retransmit_multiplier;
    made.pool.swim = options.settings;
    made.bind = made.pool.advertise = endpoint_of(options, number);
    if (options.is_encrypted)
      made.keys = {std::string(32, 'k')};
    made.pool.directory = directories[home_of(number)];
    made.random_seed = number + 1;
    made.log_name = made.pool.serf.node_name;
    made.member_count = std::make_shared<std::atomic<std::size_t>>(0);
    counts.push_back(made.member_count);
    auto spawned = actors::spawn_gossip_member(*system, *homes[home_of(number)], std::move(made));
    if (!spawned)
      return spawned.error();
    members.push_back(*spawned);
    return {};
  }

  // One after the other: all that a member knows is large.
  void listen_from(std::uint32_t number) {
    const auto next = [this, number] {
      listening = number + 1;
      if (number + 1 < options.members && !is_ending)
        listen_from(number + 1);
    };
    const auto made =
        system->spawn(listener, listening_at{options, members[number], number, log, next});
    const std::lock_guard lock(listeners_guard);
    listeners.push_back(made);
  }

  live_options options;
  caf::actor_system_config settings;
  std::unique_ptr<caf::actor_system> system;
  std::vector<std::unique_ptr<actors::io_thread>> homes;
  std::vector<std::shared_ptr<actors::gossip::pool_directory>> directories;  // one a home
  std::vector<std::shared_ptr<std::atomic<std::size_t>>> counts;
  std::vector<gossip_member_actor> members;
  caf::actor joins;
  std::shared_ptr<std::atomic<std::size_t>> retries = std::make_shared<std::atomic<std::size_t>>(0);

  std::shared_ptr<sighting_log> log;
  std::mutex listeners_guard;
  std::vector<caf::actor> listeners;
  std::atomic<std::size_t> listening = 0;
  std::atomic<bool> is_ending = false;
};

live_members::live_members(std::unique_ptr<parts> made) : parts_(std::move(made)) {}

messages::result<std::unique_ptr<live_members>> live_members::start(const live_options& options) {
  auto made = std::make_unique<parts>(options);
  std::unique_ptr<live_members> all(new live_members(std::move(made)));
  m::result<void> started;
  for (std::uint32_t i = 0; i < options.members && started; ++i)
    started = all->parts_->start_member(i);
  for (const auto& each : all->parts_->homes)
    each->start();
  actors::keep_heap_trimmed(*all->parts_->homes.front());  // as an agent does
  if (!started)
    return started.error();
  return all;
}

live_members::~live_members() {
  auto& own = *parts_;
  own.is_ending = true;
  const auto end = [](const auto& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  };
  {
    const std::lock_guard lock(own.listeners_guard);
    for (const auto& each : own.listeners)
      end(each);
    own.listeners.clear();
  }
  if (own.joins)
    end(own.joins);
  own.joins = nullptr;
  for (const auto& each : own.members)
    end(each);
  own.system->await_all_actors_done();
  for (const auto& each : own.homes)
    each->stop();
  own.members.clear();
}

void live_members::join() {
  auto& own = *parts_;
  own.joins = own.system->spawn(joiner, own.members, own.options, own.retries);
  const auto joining = std::max<std::int64_t>(1, own.options.members - 1);
  for (std::uint32_t i = 1; i < own.options.members; ++i)
    caf::delayed_anon_send(own.joins, own.options.join_time * i / joining, i);
}

std::size_t live_members::join_retries() const {
  return *parts_->retries;
}

std::size_t live_members::that_know(std::size_t members) const {
  return static_cast<std::size_t>(
      std::count_if(parts_->counts.begin(), parts_->counts.end(),
                    [members](const auto& each) { return each->load() >= members; }));
}

void live_members::listen(std::shared_ptr<sighting_log> log) {
  parts_->log = std::move(log);
  parts_->listen_from(0);
}

std::size_t live_members::listening() const {
  return parts_->listening;
}

void live_members::kill(std::uint32_t member) {
  caf::anon_send_exit(parts_->members[member], caf::exit_reason::kill);
}

void live_members::pause(const std::atomic<bool>& stop) {
  parts_->homes.back()->post([&stop, until = clock::now() + parts_->options.pause_length] {
    constexpr auto look_interval = 100ms;  // at `stop`
    std::mutex guard;
    std::condition_variable never;
    std::unique_lock lock(guard);
    while (!stop && clock::now() < until)
      never.wait_until(lock, std::min(until, clock::now() + look_interval));
  });
}

traffic live_members::total() {
  traffic made;
  for (const auto& each : actors::process_metrics().totals().counters) {
    if (each.name.path == "memberlist.udp.sent") {
      made.packets_sent += static_cast<double>(each.sums.count);
      made.packet_bytes_sent += each.sums.sum;
    } else if (each.name.path == "memberlist.tcp.connect") {
      made.streams_dialled += each.sums.sum;
    } else if (each.name.path == "serf.member.failed") {
      made.failures_told += each.sums.sum;
    }
  }
  return made;
}

}  // namespace troupe::gossip_scale
