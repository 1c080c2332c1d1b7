// Whole pools of serf_cores over a bus that loses and delays, with a failure detector that is right
// but late: after all is quiet every member must say the same of every other, and every user event
// must have come once to everybody who was there.
#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <set>

#include <gtest/gtest.h>

#include "tests/actors/gossip/serf/serf_fixture.hpp"

namespace troupe::actors::gossip::serf {
namespace {

constexpr nanoseconds turn = 100ms;

class pool {
 public:
  pool(std::uint64_t seed, int members) : random_(seed) {
    for (int i = 1; i <= members; ++i)
      start(i);
  }

  void start(int i) {
    serf_settings settings;
    settings.node_name = fmt::format("m{}", i);
    life& fresh = lives_[i];
    fresh = {};
    fresh.core = std::make_unique<serf_core>(settings, *member_number(i),
                                             serf_core::needs{random_, nullptr, {}}, now_);
    fresh.core->on_member_joined(member_number(i), now_);
    const int helper = any_other(i);
    for (auto& [j, other] : lives_) {
      if (j == i || !other.core)
        continue;
      fresh.core->on_member_joined(member_number(j), now_);
      later(j, [this, i](life& at) {
        if (lives_[i].core)
          at.core->on_member_joined(member_number(i), now_);
      });
    }
    if (helper == 0)
      return;
    push_pull(i, helper, {true, false});
    fresh.core->on_join_succeeded(now_);
  }

  void crash(int i) {
    lives_[i].core.reset();
    gone(i);
  }
  void leave(int i) { (void)lives_[i].core->leave(now_); }
  void force_leave(int by, int i) {
    lives_[by].core->force_leave(fmt::format("m{}", i), false, now_);
  }
  void fire(int i) {
    const std::string name = fmt::format("event {}", ++last_event_);
    ASSERT_TRUE(lives_[i].core->fire_event(name, "", false, now_));
    fired_by_[name] = i;
  }

  void run(nanoseconds time, double loss) {
    for (const time_point end = now_ + time; now_ < end;)
      step(loss);
  }

  bool is_up(int i) const { return lives_.at(i).core != nullptr; }
  bool is_staying(int i) const {
    return is_up(i) && lives_.at(i).core->find(name_of(i))->status == member_status::alive;
  }
  int any_up() { return any_other(0); }
  // Neither gone nor about to go.
  int staying_count() const {
    return static_cast<int>(std::count_if(
        lives_.begin(), lives_.end(), [this](const auto& each) { return is_staying(each.first); }));
  }
  // Each event's sender.
  const std::map<std::string, int>& fired_by() const { return fired_by_; }

  std::map<std::string, std::string> view_of(int i) const {
    std::map<std::string, std::string> view;
    for (const member& each : lives_.at(i).core->members())
      view[each.name] = to_text(each.status);
    return view;
  }
  const std::map<std::string, int>& heard_by(int i) const { return lives_.at(i).heard; }
  // The whole run as one number: equal seeds, equal runs.
  std::uint64_t fingerprint() const { return fingerprint_; }

  static std::string name_of(int i) { return fmt::format("m{}", i); }

 private:
  struct life {
    std::unique_ptr<serf_core> core;
    std::map<std::string, int> heard;  // user events, and how often
  };
  struct due {
    time_point when;
    std::uint64_t order;
    int whom;
    std::function<void(life&)> what;
    bool operator<(const due& other) const {
      return std::tie(when, order) > std::tie(other.when, other.order);
    }
  };

  int any_other(int i) {
    std::vector<int> up;
    for (const auto& [j, each] : lives_) {
      if (j != i && each.core)
        up.push_back(j);
    }
    return up.empty() ? 0 : up[random_() % up.size()];
  }
  bool lose(double loss) { return std::uniform_real_distribution<double>{}(random_) < loss; }
  void later(int whom, std::function<void(life&)> what, int turns_max = 20) {
    const auto turns = static_cast<int>(random_() % static_cast<std::uint64_t>(turns_max) + 1);
    due_.push({now_ + turns * turn, ++order_, whom, std::move(what)});
  }
  void gone(int i) {
    for (const auto& [j, other] : lives_) {
      if (j == i || !other.core)
        continue;
      later(j, [this, i](life& at) {
        if (!lives_[i].core)
          at.core->on_member_gone(name_of(i), now_);
      });
    }
  }
  void push_pull(int a, int b, serf_core::merge_kind kind) {
    const std::string from_a = lives_[a].core->push_pull_state();
    const std::string from_b = lives_[b].core->push_pull_state();
    lives_[b].core->on_push_pull_state(from_a, kind, now_);
    lives_[a].core->on_push_pull_state(from_b, kind, now_);
  }

  void step(double loss) {
    now_ += turn;
    while (!due_.empty() && due_.top().when <= now_) {
      const due next = due_.top();
      due_.pop();
      if (lives_[next.whom].core)
        next.what(lives_[next.whom]);
    }
    for (auto& [i, each] : lives_) {
      if (each.core)
        turn_of(i, each, loss);
    }
  }

  void turn_of(int i, life& each, double loss) {
    each.core->tick(now_);
    for (int copies = 0; copies < 2; ++copies) {
      const int to = any_other(i);
      for (std::string& message : each.core->take_broadcasts(1400, 3, now_)) {
        for (const char c : message)
          fingerprint_ = fingerprint_ * 1099511628211U + static_cast<unsigned char>(c);
        if (to != 0 && !lose(loss))
          later(
              to, [this, message](life& at) { at.core->on_user_message(message, now_); }, 3);
      }
    }
    if (random_() % 50 == 0) {
      if (const int other = any_other(i); other != 0)
        push_pull(i, other, {});
    }
    const serf_output output = each.core->take_output(now_);
    for (const user_event& event : output.user_events)
      ++each.heard[event.name];
    if (output.leave_swim) {
      gone_while_leaving(i);
      later(i, [this](life& at) { at.core->on_swim_left(now_); });
    }
    for (const direct_message& message : output.direct) {
      const int to = std::stoi(message.name.substr(1));
      if (!lose(loss))
        later(
            to,
            [this, bytes = message.payload](life& at) { at.core->on_user_message(bytes, now_); },
            3);
    }
    if (output.left)
      crash(i);
  }
  // The others are told while the leaver is up still.
  void gone_while_leaving(int i) {
    for (const auto& [j, other] : lives_) {
      if (j != i && other.core)
        later(
            j, [this, i](life& at) { at.core->on_member_gone(name_of(i), now_); }, 8);
    }
  }

  prng random_;
  time_point now_ = start_of_test;
  std::map<int, life> lives_;
  std::priority_queue<due> due_;
  std::uint64_t order_ = 0;
  int last_event_ = 0;
  std::map<std::string, int> fired_by_;
  std::uint64_t fingerprint_ = 14695981039346656037U;
};

// Who came later need not know of those that were gone by then; who knows of one says the same of
// it.
void expect_agreement(const pool& all, int members, std::uint64_t seed) {
  std::map<std::string, std::string> said;
  for (int i = 1; i <= members; ++i) {
    if (!all.is_up(i))
      continue;
    const auto view = all.view_of(i);
    for (int j = 1; j <= members; ++j) {
      if (!all.is_up(j))
        continue;
      ASSERT_EQ(view.at(pool::name_of(j)), "alive") << "seed " << seed << ", m" << i;
    }
    for (const auto& [name, status] : view) {
      ASSERT_EQ(said.emplace(name, status).first->second, status)
          << "seed " << seed << ", m" << i << " of " << name;
      ASSERT_TRUE(status != "leaving" && status != "none") << "seed " << seed << ", " << name;
    }
  }
}

// An event may go down with its sender; else everybody who was never down hears it, once.
void expect_every_event_once(const pool& all, const std::set<int>& steady, std::uint64_t seed) {
  for (const int i : steady) {
    EXPECT_EQ(all.heard_by(i), all.heard_by(*steady.begin())) << "seed " << seed << " m" << i;
    for (const auto& [name, times] : all.heard_by(i))
      EXPECT_EQ(times, 1) << "seed " << seed << " m" << i << " " << name;
    for (const auto& [name, sender] : all.fired_by()) {
      EXPECT_TRUE(!steady.contains(sender) || all.heard_by(i).contains(name))
          << "seed " << seed << " m" << i << " " << name;
    }
  }
}

std::uint64_t play(std::uint64_t seed) {
  std::mt19937_64 random{seed * 77};
  const int members = 3 + static_cast<int>(seed % 4);
  pool all{seed, members};
  const double loss = .05 * static_cast<double>(random() % 8);
  std::set<int> steady;  // never down
  for (int i = 1; i <= members; ++i)
    steady.insert(i);
  std::set<int> resting;  // left or crashed just now: others must hear of it before it returns
  for (int act = 0; act < 40; ++act) {
    const int who = 1 + static_cast<int>(random() % static_cast<std::uint64_t>(members));
    const std::uint64_t what = random() % 10;
    if (what < 5) {
      if (all.is_staying(who))
        all.fire(who);
    } else if (what == 5 && all.is_staying(who) && all.staying_count() > 2) {
      all.leave(who);
      steady.erase(who);
    } else if (what == 6 && all.is_staying(who) && all.staying_count() > 2) {
      all.crash(who);
      steady.erase(who);
    } else if (what == 7 && !all.is_up(who)) {
      all.run(8s, loss);
      all.start(who);
    } else if (what == 8 && !all.is_up(who)) {
      all.force_leave(all.any_up(), who);
    }
    all.run(std::chrono::milliseconds{random() % 3000}, loss);
  }
  all.run(60s, 0);
  expect_agreement(all, members, seed);
  expect_every_event_once(all, steady, seed);
  return all.fingerprint();
}

TEST(serf_pool, agrees_on_its_members_and_hears_every_event_once) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    play(seed);
    if (HasFatalFailure())
      return;
  }
}

TEST(serf_pool, runs_alike_from_one_seed) {
  EXPECT_EQ(play(4), play(4));
  EXPECT_NE(play(4), play(5));
}

}  // namespace
}  // namespace troupe::actors::gossip::serf
