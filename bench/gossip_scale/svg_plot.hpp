// Plots as SVG, written here: no library, no script in the file. Reads in any browser.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace troupe::gossip_scale {

struct bar {
  std::string name;
  double value = 0;  // not negative
  double mark = -1;  // a second figure, drawn as a line across; negative: none
  double low = 0;    // how sure the value is, drawn as a thin line from low to high
  double high = 0;   // not above low: nothing is drawn
};

// Lying bars, the values written beside them.
std::string bar_plot(const std::string& title, const std::vector<bar>& bars);

struct curve {
  std::string name;
  std::vector<std::pair<double, double>> points;  // in order of the first
};

enum class axis : std::uint8_t {
  linear,       // from 0 to beyond the largest value, marked at round figures
  logarithmic,  // in whole powers of ten, for values above 0
};

// Lines in one field; its height is linear.
std::string line_plot(const std::string& title, const std::string& x_name,
                      const std::string& y_name, const std::vector<curve>& curves,
                      axis x_axis = axis::linear);

// The share, in percent, of values up to each of them; at most 200 points.
curve distribution_of(const std::string& name, std::vector<double> values);

}  // namespace troupe::gossip_scale
