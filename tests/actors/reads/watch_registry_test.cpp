#include "actors/reads/watch_registry.hpp"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "messages/result.hpp"

namespace troupe::actors::reads {
namespace {

using std::chrono::seconds;

constexpr time_point start{};

messages::ChangeSet change_of(const std::vector<std::string>& topics) {
  messages::ChangeSet change;
  for (const auto& topic : topics)
    change.add_topics(topic);
  return change;
}

watch_id add(watch_registry& registry, const watch_interest& interest, std::uint64_t ticket = 0,
             seconds wait = seconds(10)) {
  return *registry.add(interest, start + wait, {ticket});
}

TEST(watch_registry, wakes_whoever_waits_for_the_very_topic) {
  watch_registry registry(10);
  const auto a = add(registry, {{"kv/a"}, {}});
  add(registry, {{"kv/ab"}, {}});
  EXPECT_EQ(registry.touched_by(change_of({"kv/a"})), std::vector{a});
}

TEST(watch_registry, wakes_every_prefix_of_a_topic_and_no_other) {
  watch_registry registry(10);
  const auto all = add(registry, {{}, {"kv/"}});
  const auto near = add(registry, {{}, {"kv/a/"}});
  add(registry, {{}, {"kv/a/c"}});
  add(registry, {{}, {"kv/a/b/x"}});
  const auto whole = add(registry, {{}, {"kv/a/b"}});
  EXPECT_EQ(registry.touched_by(change_of({"kv/a/b"})), (std::vector{all, near, whole}));
}

TEST(watch_registry, names_a_watch_once_however_many_of_its_topics_were_touched) {
  watch_registry registry(10);
  const auto a = add(registry, {{"nodes", "services"}, {"kv/"}});
  EXPECT_EQ(registry.touched_by(change_of({"nodes", "services", "kv/1", "kv/2"})), std::vector{a});
}

TEST(watch_registry, wakes_what_lies_under_a_subtree_and_what_it_lies_under) {
  watch_registry registry(10);
  const auto key = add(registry, {{"kv/a/1"}, {}});
  const auto above = add(registry, {{}, {"kv/"}});
  const auto below = add(registry, {{}, {"kv/a/deep/"}});
  add(registry, {{"kv/b"}, {"kv/b/"}});
  messages::ChangeSet change;
  change.add_subtrees("kv/a/");
  EXPECT_EQ(registry.touched_by(change), (std::vector{key, above, below}));
}

TEST(watch_registry, wakes_all_when_everything_changed) {
  watch_registry registry(10);
  const auto a = add(registry, {{"x"}, {}});
  const auto b = add(registry, {{}, {"y"}});
  messages::ChangeSet change;
  change.set_everything(true);
  EXPECT_EQ(registry.touched_by(change), (std::vector{a, b}));
}

TEST(watch_registry, refuses_more_than_it_may_hold) {
  watch_registry registry(1);
  const auto first = add(registry, {{"x"}, {}});
  const auto second = registry.add({{"x"}, {}}, start, {0});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, messages::errc::unavailable);
  EXPECT_TRUE(registry.remove(first));
  EXPECT_TRUE(registry.add({{"x"}, {}}, start, {0}));
}

TEST(watch_registry, finds_a_watch_by_its_ticket_until_it_is_removed) {
  watch_registry registry(10);
  const auto a = add(registry, {{"x"}, {}}, 7);
  add(registry, {{"x"}, {}}, 0);
  EXPECT_EQ(registry.find({7}), a);
  EXPECT_EQ(registry.find({0}), std::nullopt);
  registry.remove(a);
  EXPECT_EQ(registry.find({7}), std::nullopt);
  EXPECT_FALSE(registry.remove(a));
}

TEST(watch_registry, lists_what_is_due_earliest_first) {
  watch_registry registry(10);
  const auto late = add(registry, {{"x"}, {}}, 0, seconds(5));
  const auto early = add(registry, {{"x"}, {}}, 0, seconds(2));
  EXPECT_EQ(registry.next_deadline(), start + seconds(2));
  EXPECT_TRUE(registry.due(start + seconds(1)).empty());
  EXPECT_EQ(registry.due(start + seconds(5)), (std::vector{early, late}));
  registry.remove(early);
  EXPECT_EQ(registry.next_deadline(), start + seconds(5));
}

// The same, by looking at every watch.
class dumb_registry {
 public:
  void add(watch_id id, watch_interest interest, time_point deadline) {
    watches_[id] = {std::move(interest), deadline};
  }
  void remove(watch_id id) { watches_.erase(id); }
  bool empty() const { return watches_.empty(); }
  watch_id pick(std::size_t nth) const {
    return std::next(watches_.begin(), static_cast<std::ptrdiff_t>(nth % watches_.size()))->first;
  }
  std::vector<watch_id> touched_by(const messages::ChangeSet& change) const {
    std::vector<watch_id> touched;
    for (const auto& [id, one] : watches_) {
      if (change.everything() || wants(one.first, change))
        touched.push_back(id);
    }
    return touched;
  }
  std::size_t due(time_point now) const {
    return static_cast<std::size_t>(
        std::count_if(watches_.begin(), watches_.end(),
                      [&](const auto& one) { return one.second.second <= now; }));
  }

 private:
  static bool wants(const watch_interest& interest, const messages::ChangeSet& change) {
    for (const auto& topic : interest.topics) {
      for (const auto& touched : change.topics()) {
        if (touched == topic)
          return true;
      }
      for (const auto& subtree : change.subtrees()) {
        if (topic.starts_with(subtree))
          return true;
      }
    }
    for (const auto& prefix : interest.prefixes) {
      for (const auto& touched : change.topics()) {
        if (touched.starts_with(prefix))
          return true;
      }
      for (const auto& subtree : change.subtrees()) {
        if (subtree.starts_with(prefix) || prefix.starts_with(subtree))
          return true;
      }
    }
    return false;
  }

  std::map<watch_id, std::pair<watch_interest, time_point>> watches_;
};

class random_world {
 public:
  explicit random_world(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }
  // Few letters, so that topics are often prefixes of each other; one byte is above 127.
  std::string topic() {
    static constexpr char letters[] = {'a', 'b', '/', '\xff', '\0'};
    std::string made;
    for (std::size_t left = below(6); left > 0; --left)
      made += letters[below(sizeof letters)];
    return made;
  }
  std::vector<std::string> topics(std::size_t most) {
    std::vector<std::string> made(below(most + 1));
    for (auto& one : made)
      one = topic();
    return made;
  }
  messages::ChangeSet change() {
    auto made = change_of(topics(4));
    if (below(3) == 0)
      made.add_subtrees(topic());
    made.set_everything(below(20) == 0);
    return made;
  }

 private:
  std::mt19937_64 random_;
};

void compare_with_dumb_one(std::uint64_t seed) {
  random_world world(seed);
  watch_registry registry(60);
  dumb_registry dumb;
  for (int step = 0; step < 400; ++step) {
    if (world.below(2) == 0) {
      const watch_interest interest{world.topics(3), world.topics(3)};
      const auto deadline = start + seconds(world.below(20));
      if (const auto id = registry.add(interest, deadline, {world.below(10)}))
        dumb.add(*id, interest, deadline);
    } else if (world.below(3) == 0 && !dumb.empty()) {
      const auto id = dumb.pick(world.below(100));
      EXPECT_TRUE(registry.remove(id));
      dumb.remove(id);
    }
    const auto change = world.change();
    ASSERT_EQ(registry.touched_by(change), dumb.touched_by(change)) << "seed " << seed;
    const auto now = start + seconds(world.below(20));
    ASSERT_EQ(registry.due(now).size(), dumb.due(now)) << "seed " << seed;
  }
}

TEST(watch_registry, agrees_with_one_that_looks_at_every_watch) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed)
    ASSERT_NO_FATAL_FAILURE(compare_with_dumb_one(seed));
}

}  // namespace
}  // namespace troupe::actors::reads
