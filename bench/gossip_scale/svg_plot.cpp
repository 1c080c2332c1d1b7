#include "bench/gossip_scale/svg_plot.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace troupe::gossip_scale {

namespace {

constexpr double width = 720;
constexpr double left = 180;
constexpr double top = 50;
constexpr const char* colors[] = {"#1b6ca8", "#c8553d", "#3a7d44", "#8e44ad", "#b8860b", "#444444"};

std::string escaped(const std::string& text) {
  std::string made;
  for (const char each : text) {
    if (each == '<')
      made += "&lt;";
    else if (each == '>')
      made += "&gt;";
    else if (each == '&')
      made += "&amp;";
    else
      made += each;
  }
  return made;
}

std::string text_at(double x, double y, const char* anchor, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     escaped(text));
}

std::string framed(const std::string& title, double height, const std::string& body) {
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" "
             "font-family=\"sans-serif\" font-size=\"12\">\n"
             "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
             width, height) +
         text_at(width / 2, 24, "middle", title) + body + "</svg>\n";
}

std::string box_at(double x, double y, double wide, double high, const char* color) {
  return fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n", x, y,
      wide, high, color);
}

std::string line_at(double x1, double y1, double x2, double y2, const char* color) {
  return fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"/>\n", x1, y1, x2,
      y2, color);
}

// 1, 2 or 5 times a power of ten, so that four to ten of them reach `largest`.
double round_step(double largest) {
  if (largest <= 0)
    return 1;
  const double power = std::pow(10, std::floor(std::log10(largest)));
  const double leading = largest / power;
  return leading < 2 ? power / 5 : leading < 5 ? power / 2 : power;
}

// What the points of a field are drawn by.
struct field {
  static constexpr double left = 60;
  static constexpr double wide = width - left - 30;
  static constexpr double top = 70;
  static constexpr double high = 300;
  static constexpr double bottom = top + high;

  axis x_axis = axis::linear;
  double x_step = 1;  // logarithmic: of the exponent
  double y_step = 1;
  double x_begin = 0;
  double x_end = 1;  // whole steps
  double y_end = 1;

  double x_at(double x) const {
    return at_mark(x_axis == axis::linear ? x : std::log10(std::max(x, x_least)));
  }
  double at_mark(double step) const { return left + (step - x_begin) / (x_end - x_begin) * wide; }
  double value_of(double mark) const { return x_axis == axis::linear ? mark : std::pow(10, mark); }

  static constexpr double x_least = 1e-9;
  double y_at(double y) const { return bottom - y / y_end * high; }
};

field field_for(const std::vector<curve>& curves, axis x_axis) {
  double x_min = std::numeric_limits<double>::max();
  double x_max = 0;
  double y_max = 0;
  for (const auto& each : curves)
    for (const auto& [x, y] : each.points) {
      x_min = std::min(x_min, x);
      x_max = std::max(x_max, x);
      y_max = std::max(y_max, y);
    }
  field made{.x_axis = x_axis, .y_step = round_step(y_max)};
  if (x_axis == axis::linear) {
    made.x_step = round_step(x_max);
    made.x_end = std::max(1.0, std::ceil(x_max / made.x_step)) * made.x_step;
  } else if (x_max > 0) {
    made.x_begin = std::floor(std::log10(std::max(x_min, field::x_least)));
    made.x_end = std::max(made.x_begin + 1, std::ceil(std::log10(x_max)));
  }
  made.y_end = std::max(1.0, std::ceil(y_max / made.y_step)) * made.y_step;
  return made;
}

std::string axes(const field& of, const std::string& x_name, const std::string& y_name) {
  std::string body;
  const auto x_marks = static_cast<int>(std::lround((of.x_end - of.x_begin) / of.x_step));
  const auto y_marks = static_cast<int>(std::lround(of.y_end / of.y_step));
  for (int i = 0; i <= x_marks; ++i) {
    const double mark = of.x_begin + i * of.x_step;
    body += text_at(of.at_mark(mark), field::bottom + 16, "middle",
                    fmt::format("{:.6g}", of.value_of(mark)));
  }
  for (int i = 0; i <= y_marks; ++i) {
    const double y = of.y_at(i * of.y_step);
    body += line_at(field::left, y, field::left + field::wide, y, i == 0 ? "black" : "#dddddd");
    body += text_at(field::left - 6, y + 4, "end", fmt::format("{:.4g}", i * of.y_step));
  }
  body += text_at(field::left + field::wide / 2, field::bottom + 38, "middle", x_name);
  return body + text_at(8, field::top - 12, "start", y_name);
}

// Names in their colors, in one row.
std::string legend(const std::vector<curve>& curves) {
  constexpr double letter = 7;
  constexpr double gap = 34;
  double all = -gap;
  for (const auto& each : curves)
    all += static_cast<double>(each.name.size()) * letter + gap;
  double x = (width - all) / 2;
  std::string body;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    body += box_at(x - 14, 38, 10, 10, colors[i % std::size(colors)]);
    body += text_at(x, 47, "start", curves[i].name);
    x += static_cast<double>(curves[i].name.size()) * letter + gap;
  }
  return body;
}

}  // namespace

std::string bar_plot(const std::string& title, const std::vector<bar>& bars) {
  constexpr double step = 24;
  constexpr double right = 90;
  double largest = 0;
  for (const auto& each : bars)
    largest = std::max({largest, each.value, each.mark, each.high});
  const double scale = largest > 0 ? (width - left - right) / largest : 0;
  std::string body;
  double y = top;
  for (const auto& each : bars) {
    body += text_at(left - 8, y + 13, "end", each.name);
    body += box_at(left, y, each.value * scale, 16, colors[0]);
    if (each.high > each.low)
      body += line_at(left + each.low * scale, y + 8, left + each.high * scale, y + 8, "black");
    if (each.mark >= 0)
      body += box_at(left + each.mark * scale - 1, y - 2, 3, 20, colors[1]);
    body += text_at(left + std::max({each.value, each.mark, each.high}) * scale + 8, y + 13,
                    "start", fmt::format("{:.2f}", each.value));
    y += step;
  }
  return framed(title, y + step, body);
}

std::string line_plot(const std::string& title, const std::string& x_name,
                      const std::string& y_name, const std::vector<curve>& curves, axis x_axis) {
  const auto drawn = field_for(curves, x_axis);
  std::string body = legend(curves) + axes(drawn, x_name, y_name);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    std::string way;
    for (const auto& [x, y] : curves[i].points)
      way += fmt::format("{:.1f},{:.1f} ", drawn.x_at(x), drawn.y_at(y));
    body +=
        fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n",
                    way, colors[i % std::size(colors)]);
  }
  return framed(title, field::bottom + 50, body);
}

curve distribution_of(const std::string& name, std::vector<double> values) {
  constexpr std::size_t points_max = 200;
  std::sort(values.begin(), values.end());
  curve made{name, {}};
  const auto points = std::min(points_max, values.size());
  for (std::size_t i = 1; i <= points; ++i) {
    const auto upto = i * values.size() / points;
    made.points.emplace_back(values[upto - 1],
                             100 * static_cast<double>(upto) / static_cast<double>(values.size()));
  }
  return made;
}

}  // namespace troupe::gossip_scale
