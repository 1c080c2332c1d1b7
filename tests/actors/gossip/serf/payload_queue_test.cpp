#include "actors/gossip/serf/payload_queue.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace troupe::actors::gossip::serf {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> take(payload_queue& queue, std::size_t room, int sends_max = 100) {
  std::vector<std::string> out;
  queue.take(room, 0, sends_max, out);
  return out;
}

TEST(payload_queue, a_message_is_sent_multiplier_times_the_digits_of_the_pool) {
  for (std::size_t n = 0; n < 12'000; ++n)
    ASSERT_EQ(retransmit_limit(4, n), 4 * std::ceil(std::log10(static_cast<double>(n + 1)))) << n;
}

TEST(payload_queue, the_larger_goes_first_and_the_newer_of_equals) {
  payload_queue queue;
  for (const char* text : {"b1", "a", "b2", "ccc"})
    queue.push(text);
  EXPECT_THAT(take(queue, 7), ElementsAre("ccc", "b2", "b1"));
}

TEST(payload_queue, what_was_sent_least_goes_first) {
  payload_queue queue;
  queue.push("long one");
  EXPECT_THAT(take(queue, 8), ElementsAre("long one"));
  queue.push("x");
  EXPECT_THAT(take(queue, 8), ElementsAre("x"));
  EXPECT_THAT(take(queue, 8), ElementsAre("long one")) << "each was sent once: the larger";
}

TEST(payload_queue, what_does_not_fit_waits_and_smaller_ones_pass_it) {
  payload_queue queue;
  queue.push("123456789");
  queue.push("12");
  EXPECT_THAT(take(queue, 5), ElementsAre("12"));
  EXPECT_THAT(take(queue, 1), IsEmpty());
  EXPECT_THAT(take(queue, 11), ElementsAre("123456789", "12"));
}

TEST(payload_queue, none_rides_twice_in_a_packet) {
  payload_queue queue;
  queue.push("a");
  EXPECT_THAT(take(queue, 1000), ElementsAre("a"));
}

TEST(payload_queue, a_message_is_done_after_its_sends) {
  payload_queue queue;
  const payload_number number = queue.push("a");
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(queue.holds(number));
    EXPECT_THAT(take(queue, 10, 3), ElementsAre("a"));
  }
  EXPECT_FALSE(queue.holds(number));
  EXPECT_TRUE(queue.empty());
}

TEST(payload_queue, a_full_queue_drops_what_was_told_most) {
  payload_queue queue;
  queue.push("told");
  take(queue, 10);
  for (const char* text : {"b", "c"})
    queue.push(text);
  EXPECT_EQ(queue.cut_to(2), 1U);
  EXPECT_THAT(take(queue, 100), ElementsAre("c", "b"));
}

// Against a plain search through a list.
TEST(payload_queue, chooses_as_the_rule_says) {
  struct model_entry {
    int sends;
    std::string payload;
    std::uint64_t number;
  };
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 random{seed};
    payload_queue queue;
    std::vector<model_entry> model;
    for (int step = 0; step < 60; ++step) {
      if (random() % 3 == 0) {
        const std::string payload(random() % 20, static_cast<char>('a' + random() % 26));
        model.push_back({0, payload, queue.push(payload).value});
        continue;
      }
      std::size_t room = random() % 80;
      std::vector<std::string> out;
      const std::size_t left = queue.take(room, 3, 4, out);
      std::vector<std::string> expected;
      std::vector<model_entry> sent;
      while (true) {
        const auto fits = [&](const model_entry& e) { return e.payload.size() + 3 <= room; };
        auto best = model.end();
        for (auto it = model.begin(); it != model.end(); ++it) {
          if (!fits(*it))
            continue;
          const auto rank = [](const model_entry& e) {
            return std::tuple{e.sends, -static_cast<int>(e.payload.size()),
                              -static_cast<std::int64_t>(e.number)};
          };
          if (best == model.end() || rank(*it) < rank(*best))
            best = it;
        }
        if (best == model.end())
          break;
        room -= best->payload.size() + 3;
        expected.push_back(best->payload);
        sent.push_back(*best);
        model.erase(best);
      }
      for (model_entry& each : sent) {
        if (++each.sends < 4)
          model.push_back(each);
      }
      ASSERT_EQ(out, expected) << "seed " << seed;
      ASSERT_EQ(left, room) << "seed " << seed;
      ASSERT_EQ(queue.size(), model.size()) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace troupe::actors::gossip::serf
