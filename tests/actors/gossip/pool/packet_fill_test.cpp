#include "actors/gossip/packet_fill.hpp"

#include <gtest/gtest.h>

namespace troupe::actors::gossip {
namespace {

constexpr std::size_t budget = 1400;

// Packets as full as they may be that shrink to one part in `times`.
void pack(packet_fill& fill, double times, int packets) {
  for (int i = 0; i < packets; ++i) {
    const auto plain = budget + fill.extra_bytes();
    fill.packed(plain, static_cast<std::size_t>(static_cast<double>(plain) / times));
  }
}

TEST(packet_fill, begins_with_what_a_packet_holds) {
  EXPECT_EQ(packet_fill(budget, true).extra_bytes(), 0U);
}

TEST(packet_fill, takes_what_compression_takes_off_but_for_a_margin) {
  packet_fill fill{budget, true};
  pack(fill, 2, 200);
  EXPECT_NEAR(static_cast<double>(fill.extra_bytes()), 0.8 * budget, 0.05 * budget);
}

TEST(packet_fill, has_a_limit) {
  packet_fill fill{budget, true};
  pack(fill, 50, 200);
  EXPECT_EQ(fill.extra_bytes(), 3 * budget);
}

TEST(packet_fill, never_takes_more_of_what_does_not_shrink_or_is_not_compressed) {
  packet_fill random{budget, true};
  pack(random, 1, 200);
  EXPECT_EQ(random.extra_bytes(), 0U);
  packet_fill plain{budget, false};
  pack(plain, 3, 200);
  EXPECT_EQ(plain.extra_bytes(), 0U);
}

TEST(packet_fill, takes_less_after_one_that_did_not_fit) {
  packet_fill fill{budget, true};
  pack(fill, 3, 200);
  const auto before = fill.extra_bytes();
  fill.was_too_full();
  EXPECT_LT(fill.extra_bytes(), before);
  for (int i = 0; i < 100; ++i)
    fill.was_too_full();
  EXPECT_EQ(fill.extra_bytes(), 0U);
}

TEST(packet_fill, learns_nothing_of_small_packets) {
  packet_fill fill{budget, true};
  for (int i = 0; i < 200; ++i)
    fill.packed(budget / 2 - 1, 10);
  EXPECT_EQ(fill.extra_bytes(), 0U);
}

}  // namespace
}  // namespace troupe::actors::gossip
