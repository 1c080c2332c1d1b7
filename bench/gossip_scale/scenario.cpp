#include "bench/gossip_scale/scenario.hpp"

#include <algorithm>
#include <numeric>
#include <set>

namespace troupe::gossip_scale {

namespace {

using swim::event_kind;
using swim::member_state;

double seconds(nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

template <class Value>
void append(std::vector<Value>& to, const std::vector<Value>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

// A world, who in it is struck by what, and what the others say of it.
class experiment {
 public:
  experiment(const scenario& what, std::uint64_t seed, std::atomic<double>* share)
      : plan_(what),
        share_(share),
        random_(seed ^ 0x73636e6172696fULL),
        world_({.members = what.members,
                .settings = what.settings,
                .network = what.network,
                .seed = seed,
                .acquainted = !what.bootstrap,
                .as_agents = what.as_agents,
                .handling_time = what.handling_time}),
        struck_(what.members, false),
        gone_(what.members, false),
        told_(what.members) {
    world_.observe([this](const observation& seen) { see(seen); });
  }

  figures carry_out(const std::atomic<bool>& stop) {
    if (plan_.bootstrap)
      bootstrap();
    advance(plan_.quiesce, stop);
    strike();
    if (plan_.anomalies.members > 0)
      run_anomalies(stop);
    else
      advance(plan_.quiesce + plan_.duration, stop);
    conclude();
    return found_;
  }

 private:
  void bootstrap() {
    for (std::uint32_t i = 1; i < plan_.members; ++i)
      if (const auto after = plan_.join_time * i / plan_.members; after.count() > 0)
        world_.at(after, [this, i] { world_.join({i}, {0}); });
      else
        world_.join({i}, {0});
  }

  struct told {
    double suspected_s = -1;
    double first_s = -1;
    double last_s = -1;
    std::uint32_t healthy = 0;  // who know
  };

  void see(const observation& seen) {
    const auto about = seen.event.about.value;
    if (seen.event.kind == event_kind::joined)
      return note_view(seen);
    if (seen.event.kind == event_kind::suspected)
      note_suspicion(about);
    if (seen.event.kind != event_kind::failed)
      return;
    if (!struck_[about] && !gone_[about]) {
      ++found_.false_positives;
      found_.false_positives_at_healthy += !struck_[seen.observer.value];
      return;
    }
    auto& known = told_[about];
    if (known.first_s < 0)
      known.first_s = seconds(world_.elapsed() - struck_at_);
    if (!struck_[seen.observer.value] && !gone_[seen.observer.value]) {
      ++known.healthy;
      known.last_s = seconds(world_.elapsed() - struck_at_);
    }
  }

  void note_suspicion(std::uint32_t about) {
    ++found_.suspicions;
    if ((struck_[about] || gone_[about]) && told_[about].suspected_s < 0)
      told_[about].suspected_s = seconds(world_.elapsed() - struck_at_);
  }

  void note_view(const observation& seen) {
    if (!plan_.bootstrap || seen.event.about == seen.observer)
      return;
    if (++joins_seen_ == std::uint64_t{plan_.members} * (plan_.members - 1))
      found_.whole_views_s = seconds(world_.elapsed() - plan_.join_time);
  }

  // As processes see it that log the size of their view once a second, each at a moment of its own
  // (Rapid, section 7).
  void sample_view_sizes() {
    for (auto i = static_cast<std::uint32_t>(samples_ % samples_a_second); i < plan_.members;
         i += samples_a_second)
      if (world_.is_running({i}))
        view_sizes_.insert(world_.core({i}).counts().of(member_state::alive));
  }

  void sample_whole_views() {
    std::uint32_t whole = 0;
    for (std::uint32_t i = 0; i < plan_.members; ++i)
      whole += world_.is_running({i}) &&
               world_.core({i}).counts().of(member_state::alive) == plan_.members;
    found_.whole_views.emplace_back(seconds(world_.elapsed()), 100.0 * whole / plan_.members);
  }

  void sample_load() {
    const auto sent = world_.total().packets_sent;
    found_.packets_a_second.emplace_back(seconds(world_.elapsed()),
                                         static_cast<double>(sent - packets_seen_) / plan_.members);
    packets_seen_ = sent;
  }

  void sample_faulty() {
    std::uint64_t pairs = 0;
    std::uint64_t out = 0;
    for (std::uint32_t i = 0; i < plan_.members; ++i) {
      if (struck_[i] || !world_.is_running({i}))
        continue;
      pairs += faulty_.size();
      for (const auto about : faulty_) {
        const auto state = world_.belief({i}, about);
        out += state == member_state::unknown || actors::gossip::swim::is_gone(state);
      }
    }
    found_.faulty_out.emplace_back(seconds(world_.elapsed()),
                                   100 * static_cast<double>(out) / static_cast<double>(pairs));
  }

  static constexpr std::uint64_t samples_a_second = 10;

  // Ten times a second, and what is counted by the second at each full one.
  void sample() {
    if (plan_.bootstrap) {
      sample_whole_views();
      sample_view_sizes();
    }
    if (++samples_ % samples_a_second != 0)
      return;
    sample_load();
    if (!faulty_.empty())
      sample_faulty();
  }

  void strike() {
    struck_at_ = world_.elapsed();
    std::vector<std::uint32_t> order(plan_.members);
    std::iota(order.begin(), order.end(), 0U);
    std::shuffle(order.begin(), order.end(), random_);
    auto next = order.begin();
    for (std::uint32_t i = 0; i < plan_.anomalies.members; ++i)
      anomalous_.push_back({*next++});
    for (const auto each : anomalous_)
      struck_[each.value] = true;
    for (std::uint32_t i = 0; i < plan_.crashes; ++i, ++next) {
      gone_[*next] = true;
      world_.crash({*next});
    }
    for (std::uint32_t i = 0; i < plan_.lossy_members; ++i, ++next) {
      struck_[*next] = true;
      faulty_.push_back({*next});
      world_.network().set_member_loss({*next}, plan_.lossy_inbound, 0);
    }
    for (std::uint32_t i = 0; i < plan_.flip_flop_members; ++i, ++next) {
      struck_[*next] = true;
      faulty_.push_back({*next});
      flip_flop_.push_back({*next});
    }
    for (std::uint32_t i = 0; i < plan_.slow_members; ++i, ++next) {
      struck_[*next] = true;
      world_.slow_down({*next}, plan_.slow_handling_time);
    }
    cut_links();
    if (plan_.flip_flop_members > 0)
      flip(true);
    if (plan_.churn_interval.count() > 0)
      churn();
    for (std::uint32_t i = 0; i < plan_.leaves; ++i, ++next) {
      gone_[*next] = true;
      world_.leave({*next});
    }
  }

  void cut_links() {
    for (std::uint32_t i = 0; i < plan_.one_way_links; ++i) {
      const member_number from{static_cast<std::uint32_t>(random_() % plan_.members)};
      const auto step = 1 + random_() % (plan_.members - 1);
      const member_number to{static_cast<std::uint32_t>((from.value + step) % plan_.members)};
      world_.network().cut(from, to);
    }
  }

  void flip(bool is_deaf) {
    for (const auto each : flip_flop_)
      world_.network().set_member_loss(each, is_deaf ? 1 : 0, 0);
    world_.at(world_.elapsed() + plan_.flip_flop_period, [this, is_deaf] { flip(!is_deaf); });
  }

  // Those to whom something else is done, and the first one, by which all come back, are spared.
  void churn() {
    constexpr int intervals_away = 3;
    const auto next = 1 + static_cast<std::uint32_t>(random_() % (plan_.members - 1));
    if (!struck_[next] && !gone_[next] && world_.is_running({next})) {
      gone_[next] = true;
      world_.crash({next});
      world_.at(world_.elapsed() + intervals_away * plan_.churn_interval, [this, next] {
        world_.restart({next});
        world_.join({next}, {0});
        gone_[next] = false;
      });
    }
    world_.at(world_.elapsed() + plan_.churn_interval, [this] { churn(); });
  }

  void run_anomalies(const std::atomic<bool>& stop) {
    const auto end = world_.elapsed() + plan_.duration;
    do {
      for (const auto each : anomalous_)
        world_.stand_still(each, plan_.anomalies.kind);
      advance(world_.elapsed() + plan_.anomalies.length, stop);
      for (const auto each : anomalous_)
        world_.go_on(each);
      if (plan_.anomalies.interval.count() == 0)
        return settle(end, stop);
      // The run ends with an anomaly, as the paper's do.
      if (world_.elapsed() < end)
        advance(world_.elapsed() + plan_.anomalies.interval, stop);
    } while (world_.elapsed() < end && !stop);
  }

  void settle(nanoseconds end, const std::atomic<bool>& stop) {
    constexpr auto step = std::chrono::seconds{1};
    while (world_.elapsed() < end && !stop &&
           !(plan_.anomalies.ends_when_whole && wrong_beliefs() == 0))
      advance(std::min(end, world_.elapsed() + step), stop);
  }

  void advance(nanoseconds until, const std::atomic<bool>& stop) {
    constexpr auto slice = std::chrono::milliseconds{100};
    while (world_.elapsed() < until && !stop) {
      const nanoseconds next = (world_.elapsed() / slice + 1) * slice;
      world_.run_until(std::min(until, next));
      if (next <= until)
        sample();
      if (share_ != nullptr)
        *share_ = std::min(1.0, world_.elapsed() / seconds_of_all());
    }
  }

  std::chrono::duration<double> seconds_of_all() const { return plan_.quiesce + plan_.duration; }

  void conclude() {
    const bool is_single = plan_.anomalies.interval.count() == 0;
    const auto unwell =
        static_cast<std::uint32_t>(std::count(struck_.begin(), struck_.end(), true) +
                                   std::count(gone_.begin(), gone_.end(), true));
    for (std::uint32_t i = 0; i < plan_.members; ++i) {
      const bool is_crashed = gone_[i] && !world_.is_running({i});
      if (!is_crashed && !(struck_[i] && is_single))
        continue;
      const bool is_known = told_[i].healthy >= plan_.members - unwell;
      found_.undetected += !is_known;
      if (told_[i].suspected_s >= 0)
        found_.first_suspicion_s.push_back(told_[i].suspected_s);
      if (told_[i].first_s >= 0)
        found_.first_detection_s.push_back(told_[i].first_s);
      if (is_known)
        found_.full_dissemination_s.push_back(told_[i].last_s);
    }
    found_.wrong_beliefs = wrong_beliefs();
    found_.distinct_view_sizes = view_sizes_.size();
    found_.virtual_s = seconds(world_.elapsed());
    found_.total = world_.total();
  }

  // By counts, for views of all by all are too many to look at.
  std::uint64_t wrong_beliefs() const {
    std::vector<std::uint32_t> gone;
    for (std::uint32_t i = 0; i < plan_.members; ++i)
      if (gone_[i] || !world_.is_running({i}))
        gone.push_back(i);
    std::uint64_t wrong = 0;
    for (std::uint32_t i = 0; i < plan_.members; ++i) {
      if (gone_[i] || !world_.is_running({i}))
        continue;
      auto believed = std::uint64_t{world_.core({i}).counts().of(member_state::alive)};
      for (const auto about : gone)
        believed -= world_.belief({i}, {about}) == member_state::alive;
      wrong += plan_.members - gone.size() - believed;
    }
    return wrong;
  }

  const scenario plan_;
  std::atomic<double>* share_;
  swim::prng random_;
  figures found_;
  gossip_world world_;
  std::vector<bool> struck_;  // slow or cut off: what they say and what is said of them is expected
  std::vector<bool> gone_;    // crashed or left
  std::vector<told> told_;
  std::vector<member_number> anomalous_;
  std::vector<member_number> flip_flop_;
  std::vector<member_number> faulty_;  // these and lossy ones
  nanoseconds struck_at_{0};
  std::uint64_t joins_seen_ = 0;
  std::set<std::uint32_t> view_sizes_;
  std::uint64_t samples_ = 0;
  std::uint64_t packets_seen_ = 0;
};

}  // namespace

void figures::add(const figures& other) {
  const bool is_first = virtual_s == 0;
  append(first_suspicion_s, other.first_suspicion_s);
  append(first_detection_s, other.first_detection_s);
  append(full_dissemination_s, other.full_dissemination_s);
  undetected += other.undetected;
  false_positives += other.false_positives;
  false_positives_at_healthy += other.false_positives_at_healthy;
  suspicions += other.suspicions;
  wrong_beliefs += other.wrong_beliefs;
  append(faulty_out, other.faulty_out);
  // The worst; one that never ends is worse than any.
  whole_views_s = !is_first && (whole_views_s < 0 || other.whole_views_s < 0)
                      ? -1
                      : std::max(whole_views_s, other.whole_views_s);
  distinct_view_sizes = std::max(distinct_view_sizes, other.distinct_view_sizes);
  virtual_s += other.virtual_s;
  total.packets_sent += other.total.packets_sent;
  total.packets_delivered += other.total.packets_delivered;
  total.packet_bytes_sent += other.total.packet_bytes_sent;
  total.messages_delivered += other.total.messages_delivered;
  total.streams += other.total.streams;
  total.stream_bytes += other.total.stream_bytes;
  total.merged_records += other.total.merged_records;
  total.wire_bytes += other.total.wire_bytes;
}

double figures::faulty_out_in_quarter(int quarter) const {
  double end = 0;
  for (const auto& [at, percent] : faulty_out)
    end = std::max(end, at);
  double sum = 0;
  double count = 0;
  for (const auto& [at, percent] : faulty_out) {
    if (std::min(3, static_cast<int>(4 * at / end)) != quarter)
      continue;
    sum += percent;
    ++count;
  }
  return sum / count;
}

figures run(const scenario& what, std::uint64_t seed, const std::atomic<bool>& stop,
            std::atomic<double>* share) {
  auto found = experiment{what, seed, share}.carry_out(stop);
  found.seed = seed;
  return found;
}

}  // namespace troupe::gossip_scale
