#include "bench/gossip_scale/svg_plot.hpp"

#include <algorithm>

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

}  // namespace

std::string bar_plot(const std::string& title, const std::vector<bar>& bars) {
  constexpr double step = 24;
  constexpr double right = 90;
  double largest = 0;
  for (const auto& each : bars)
    largest = std::max({largest, each.value, each.mark});
  const double scale = largest > 0 ? (width - left - right) / largest : 0;
  std::string body;
  double y = top;
  for (const auto& each : bars) {
    body += text_at(left - 8, y + 13, "end", each.name);
    body +=
        fmt::format("<rect x=\"{}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"16\" fill=\"{}\"/>\n",
                    left, y, each.value * scale, colors[0]);
    if (each.mark >= 0)
      body +=
          fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"3\" height=\"20\" fill=\"{}\"/>\n",
                      left + each.mark * scale, y - 2, colors[1]);
    body += text_at(left + std::max(each.value, each.mark) * scale + 8, y + 13, "start",
                    fmt::format("{:.2f}", each.value));
    y += step;
  }
  return framed(title, y + step, body);
}

std::string line_plot(const std::string& title, const std::string& x_name,
                      const std::string& y_name, const std::vector<curve>& curves) {
  constexpr double axis = 60;
  constexpr double field_height = 300;
  constexpr double field_width = width - axis - 30;
  constexpr double height = top + field_height + 50;
  double x_max = 0;
  double y_max = 0;
  for (const auto& each : curves)
    for (const auto& [x, y] : each.points) {
      x_max = std::max(x_max, x);
      y_max = std::max(y_max, y);
    }
  const auto x_at = [&](double x) { return axis + (x_max > 0 ? x / x_max * field_width : 0); };
  const auto y_at = [&](double y) {
    return top + field_height - (y_max > 0 ? y / y_max * field_height : 0);
  };
  std::string body = fmt::format("<path d=\"M{0} {1}V{2}H{3}\" fill=\"none\" stroke=\"black\"/>\n",
                                 axis, top, top + field_height, axis + field_width);
  constexpr int marks = 5;
  for (int i = 0; i <= marks; ++i) {
    const double part = static_cast<double>(i) / marks;
    body += text_at(x_at(x_max * part), top + field_height + 16, "middle",
                    fmt::format("{:.4g}", x_max * part));
    body += text_at(axis - 6, y_at(y_max * part) + 4, "end", fmt::format("{:.4g}", y_max * part));
  }
  body += text_at(axis + field_width / 2, height - 12, "middle", x_name);
  body += text_at(axis, top - 8, "middle", y_name);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const auto* color = colors[i % std::size(colors)];
    std::string way;
    for (const auto& [x, y] : curves[i].points)
      way += fmt::format("{:.1f},{:.1f} ", x_at(x), y_at(y));
    body += fmt::format(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n", way, color);
    body += fmt::format(
        "<g fill=\"{}\">{}</g>\n", color,
        text_at(axis + field_width, top + 14 + 16 * static_cast<double>(i), "end", curves[i].name));
  }
  return framed(title, height, body);
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
