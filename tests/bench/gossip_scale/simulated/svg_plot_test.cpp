#include "bench/gossip_scale/svg_plot.hpp"

#include <gtest/gtest.h>

namespace troupe::gossip_scale {
namespace {

TEST(svg_plot, of_bars_is_in_scale_and_escaped) {
  const auto text = bar_plot("a < b", {{"full", 10}, {"half", 5}});
  EXPECT_NE(text.find("a &lt; b"), std::string::npos);
  EXPECT_NE(text.find("width=\"450.0\""), std::string::npos);
  EXPECT_NE(text.find("width=\"225.0\""), std::string::npos);
}

TEST(svg_plot, marks_its_axes_at_round_figures) {
  const auto text = line_plot("t", "x", "y", {{"curve", {{0, 0}, {17.92, 98}}}});
  for (const char* mark : {">0<", ">2<", ">18<", ">100<", ">curve<"})
    EXPECT_NE(text.find(mark), std::string::npos) << mark;
  EXPECT_EQ(text.find(">17"), std::string::npos);
}

TEST(svg_plot, marks_a_logarithmic_axis_at_powers_of_ten) {
  const auto text = line_plot("t", "members", "y", {{"c", {{128, 1}, {1'000, 1}, {10'000, 1}}}},
                              axis::logarithmic);
  for (const char* mark : {">100<", ">1000<", ">10000<", "points=\"93."})
    EXPECT_NE(text.find(mark), std::string::npos) << mark;
  EXPECT_NE(text.find(" 375.0,70.0 690.0,70.0"), std::string::npos) << text;
  EXPECT_EQ(line_plot("none", "x", "y", {}, axis::logarithmic).find("nan"), std::string::npos);
}

TEST(svg_plot, draws_how_sure_a_bar_is_and_nothing_where_that_is_unknown) {
  const bar sure{.name = "a", .value = 10, .low = 5, .high = 20};
  EXPECT_NE(bar_plot("t", {sure}).find("<line x1=\"292.5\""), std::string::npos);
  EXPECT_EQ(bar_plot("t", {{"a", 10}}).find("<line"), std::string::npos);
}

TEST(svg_plot, of_nothing_is_a_plot_still) {
  EXPECT_EQ(bar_plot("none", {}).find("nan"), std::string::npos);
  EXPECT_EQ(line_plot("none", "x", "y", {distribution_of("none", {})}).find("nan"),
            std::string::npos);
}

TEST(svg_plot, a_distribution_rises_to_all) {
  std::vector<double> values(1000);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<double>(values.size() - i);
  const auto made = distribution_of("x", values);
  ASSERT_EQ(made.points.size(), 200U);
  EXPECT_EQ(made.points.front(), (std::pair{5.0, 0.5}));
  EXPECT_EQ(made.points.back(), (std::pair{1000.0, 100.0}));
}

}  // namespace
}  // namespace troupe::gossip_scale
