#include "bench/gossip_scale/event_queue.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace troupe::gossip_scale {
namespace {

// Pushes and pops at random, times close together and far apart; beside it a list that is sorted.
TEST(event_queue, gives_what_is_next_and_those_of_one_moment_as_they_came) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    event_queue queue;
    std::vector<event> model;
    std::int64_t now = 0;
    std::uint64_t order = 0;
    for (int i = 0; i < 3000; ++i) {
      if (random() % 5 < 3 || model.empty()) {
        const std::int64_t later = random() % 3 == 0 ? static_cast<std::int64_t>(random() % 1000)
                                                     : static_cast<std::int64_t>(random() % 4);
        const event made{now + later, ++order, static_cast<std::uint32_t>(random() % 5),
                         static_cast<std::uint32_t>(random())};
        model.push_back(made);
        queue.push(made.at_ns, made.kind, made.subject);
        continue;
      }
      const auto first = std::min_element(
          model.begin(), model.end(), [](const auto& a, const auto& b) { return a.is_before(b); });
      ASSERT_FALSE(queue.empty());
      ASSERT_EQ(queue.upcoming(0)->order, first->order);
      const auto popped = queue.pop();
      ASSERT_EQ(popped.order, first->order) << "seed " << seed;
      ASSERT_EQ(popped.subject, first->subject);
      now = popped.at_ns;
      model.erase(first);
    }
    EXPECT_EQ(queue.empty(), model.empty());
  }
}

TEST(event_queue, knows_what_comes_soon) {
  event_queue queue;
  for (std::int64_t at = 100; at > 0; --at)
    queue.push(at, 0, static_cast<std::uint32_t>(at));
  for (std::size_t before = 0; before < event_queue::ahead; ++before)
    EXPECT_EQ(queue.upcoming(before)->subject, before + 1);
  EXPECT_EQ(queue.upcoming(event_queue::ahead), nullptr);
}

}  // namespace
}  // namespace troupe::gossip_scale
