#include "messages/coordinate_distance.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace troupe::messages {
namespace {

using namespace std::chrono_literals;

Coordinate at(std::initializer_list<double> vec, double height = 0, double adjustment = 0) {
  Coordinate made;
  for (const double component : vec)
    made.add_vec(component);
  made.set_height(height);
  made.set_adjustment(adjustment);
  return made;
}

TEST(distance, is_that_of_the_points_and_both_heights) {
  EXPECT_EQ(distance(at({0, 0}), at({0.003, 0.004})), 5ms);
  EXPECT_EQ(distance(at({0, 0}, 0.001), at({0.003, 0.004}, 0.002)), 8ms);
}

TEST(distance, is_adjusted_unless_that_leaves_nothing) {
  EXPECT_EQ(distance(at({0, 0}, 0, -0.001), at({0.003, 0.004}, 0, -0.002)), 2ms);
  EXPECT_EQ(distance(at({0, 0}, 0, -0.004), at({0.003, 0.004}, 0, -0.004)), 5ms);
}

TEST(distance, is_the_same_from_both_sides) {
  const auto a = at({0.1, -0.2}, 0.01, 0.002);
  const auto b = at({-0.3, 0.4}, 0.03, -0.004);
  EXPECT_EQ(distance(a, b), distance(b, a));
}

TEST(distance, is_none_between_coordinates_of_different_size_or_without_numbers) {
  EXPECT_FALSE(distance(at({0, 0}), at({0, 0, 0})));
  EXPECT_FALSE(distance(at({0, 0}), at({0, std::numeric_limits<double>::quiet_NaN()})));
  EXPECT_FALSE(distance(at({0, 0}, std::numeric_limits<double>::infinity()), at({0, 0})));
}

TEST(distance, stays_a_duration_however_far_a_hostile_coordinate_is) {
  EXPECT_EQ(distance(at({0, 0}), at({1e300, 0})), 1h);
  EXPECT_EQ(distance(at({0, 0}, -5), at({0, 0}, -5)), 0s);
}

}  // namespace
}  // namespace troupe::messages
