#include "actors/gossip/swim/broadcast_queue.hpp"

#include <algorithm>
#include <optional>

#include <gtest/gtest.h>

#include "actors/gossip/swim/encoded_size.hpp"

namespace troupe::actors::gossip::swim {
namespace {

class broadcast_queue_test : public testing::Test {
 protected:
  broadcast_queue_test() {
    for (int i = 0; i < 150; ++i)
      members.push_back(*directory.intern(std::string(static_cast<std::size_t>(1 + i % 20), 'n') +
                                          std::to_string(i)));
    from = *directory.intern("from");
    for (const auto each : members)
      directory.acquire(each);
    directory.acquire(from);
  }

  update accusation(std::size_t about, std::uint32_t incarnation = 1) const {
    return {update_kind::suspect, members[about], {incarnation}, from, no_identity};
  }
  std::vector<update> take(broadcast_queue& queue, std::size_t bytes, int sends_max = 4) {
    std::vector<update> taken;
    queue.take({.bytes = bytes, .messages = 255, .sends_max = sends_max}, taken);
    return taken;
  }

  member_directory directory;
  std::vector<member_number> members;
  member_number from;
};

constexpr std::size_t plenty = 100'000;

TEST_F(broadcast_queue_test, tells_each_message_its_number_of_times) {
  broadcast_queue queue{directory};
  queue.push(accusation(3));
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(take(queue, plenty).size(), 1U);
  EXPECT_TRUE(take(queue, plenty).empty());
  EXPECT_TRUE(queue.empty());
}

TEST_F(broadcast_queue_test, prefers_what_was_told_less_often) {
  broadcast_queue queue{directory};
  queue.push(accusation(3));
  take(queue, plenty);
  queue.push(accusation(4));
  const auto one = queue.bytes_of(accusation(4)) + compound_part_bytes;
  EXPECT_EQ(take(queue, one), std::vector{accusation(4)});
}

TEST_F(broadcast_queue_test, prefers_the_larger_and_then_the_newer) {
  broadcast_queue queue{directory};
  for (const std::size_t each : {0, 5, 20, 1})
    queue.push(accusation(each));
  // Members 0, 20 have names of one length but for the digit; 5 and 1 follow by length.
  EXPECT_EQ(take(queue, plenty),
            (std::vector{accusation(5), accusation(1), accusation(20), accusation(0)}));
}

TEST_F(broadcast_queue_test, fills_the_rest_with_what_still_fits) {
  broadcast_queue queue{directory};
  queue.push(accusation(19));
  queue.push(accusation(0));
  const auto small = queue.bytes_of(accusation(0)) + compound_part_bytes;
  EXPECT_EQ(take(queue, small), std::vector{accusation(0)});
  EXPECT_TRUE(take(queue, small - 1).empty());
}

TEST_F(broadcast_queue_test, newer_news_throws_out_the_older) {
  broadcast_queue queue{directory};
  queue.push(accusation(3, 1));
  queue.push(accusation(3, 2));
  EXPECT_EQ(queue.size(), 1U);
  EXPECT_EQ(take(queue, plenty), std::vector{accusation(3, 2)});
  queue.drop(members[3]);
  EXPECT_TRUE(queue.empty());
  EXPECT_FALSE(queue.holds(members[3]));
}

TEST_F(broadcast_queue_test, holds_the_names_it_will_need) {
  member_directory other;
  const auto about = *other.intern("about");
  const auto said_by = *other.intern("from");
  {
    broadcast_queue queue{other};
    queue.push({update_kind::dead, about, {1}, said_by, no_identity});
    other.drop_unused();
    EXPECT_EQ(other.names(), 2U);
    queue.push({update_kind::alive, about, {2}, no_member, other.intern_identity(about, {})});
    other.drop_unused();
    EXPECT_EQ(other.names(), 1U);
    EXPECT_EQ(other.identities(), 1U);
  }
  other.drop_unused();
  EXPECT_EQ(other.names(), 0U);
}

TEST_F(broadcast_queue_test, tells_what_counts_as_told_after_all_else_and_less_often) {
  broadcast_queue queue{directory};
  queue.push(accusation(3), 2);
  queue.push(accusation(4));
  const auto one = queue.bytes_of(accusation(4)) + compound_part_bytes;
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(take(queue, one), std::vector{accusation(4)});
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(take(queue, plenty).size(), 2U);
  EXPECT_TRUE(queue.empty());
}

// The rules of section 8 written down as slowly as possible.
class slow_queue {
 public:
  explicit slow_queue(const broadcast_queue& sizes) : sizes_(sizes) {}

  void push(const update& message) {
    std::erase_if(held_, [&](const item& each) { return each.message.about == message.about; });
    held_.push_back({message, sizes_.bytes_of(message), 0, ++serial_});
  }
  std::vector<update> take(std::size_t bytes, int sends_max) {
    std::vector<update> taken;
    std::vector<item> back;
    for (;;) {
      const auto best = std::min_element(
          held_.begin(), held_.end(),
          [&](const auto& a, const auto& b) { return rank(a, bytes) < rank(b, bytes); });
      if (best == held_.end() || best->bytes + compound_part_bytes > bytes)
        break;
      bytes -= best->bytes + compound_part_bytes;
      taken.push_back(best->message);
      if (++best->sends < sends_max)
        back.push_back(*best);
      held_.erase(best);
    }
    held_.insert(held_.end(), back.begin(), back.end());
    return taken;
  }
  std::size_t size() const { return held_.size(); }

 private:
  struct item {
    update message;
    std::size_t bytes;
    int sends;
    long serial;
  };
  // What does not fit comes last.
  static std::tuple<bool, int, long, long> rank(const item& each, std::size_t room) {
    return {each.bytes + compound_part_bytes > room, each.sends, -static_cast<long>(each.bytes),
            -each.serial};
  }

  const broadcast_queue& sizes_;
  std::vector<item> held_;
  long serial_ = 0;
};

TEST_F(broadcast_queue_test, chooses_as_the_rules_say_whatever_happens) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    prng random{seed};
    broadcast_queue queue{directory};
    slow_queue model{queue};
    for (int step = 0; step < 1500; ++step) {
      if (random() % 3 != 0) {
        auto message =
            accusation(random() % members.size(), static_cast<std::uint32_t>(random() % 100'000));
        if (random() % 2 == 0)
          message.kind = update_kind::dead;
        queue.push(message);
        model.push(message);
      } else {
        const std::size_t bytes = random() % 600;
        const int sends_max = 3 + static_cast<int>(random() % 2);
        ASSERT_EQ(take(queue, bytes, sends_max), model.take(bytes, sends_max))
            << "seed " << seed << " step " << step;
      }
      ASSERT_EQ(queue.size(), model.size());
    }
    while (!queue.empty())
      ASSERT_EQ(take(queue, 600), model.take(600, 4)) << "seed " << seed;
    ASSERT_EQ(model.size(), 0U);
  }
}

}  // namespace
}  // namespace troupe::actors::gossip::swim
