#include "actors/self/metrics_report.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "messages/limits.hpp"

namespace troupe::actors {

namespace {

// A reading and the name it is shown by, in the order of names.
template <class Reading>
struct named {
  std::string whole;
  const Reading* reading;
};

// With blanks as go-metrics writes them.
std::string whole_name(const std::string& path, const metrics_naming& naming, bool is_gauge) {
  std::string name = naming.prefix;
  for (const auto& part : {is_gauge ? naming.host : std::string(), path})
    if (!part.empty())
      name.append(name.empty() ? "" : ".").append(part);
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

template <class Reading>
std::vector<named<Reading>> in_order(const std::vector<Reading>& readings,
                                     const metrics_naming& naming, bool are_gauges) {
  std::vector<named<Reading>> made;
  for (const auto& each : readings) {
    auto whole = whole_name(each.name.path, naming, are_gauges);
    if (is_shown(whole, naming))
      made.push_back({std::move(whole), &each});
  }
  std::sort(made.begin(), made.end(), [](const auto& a, const auto& b) {
    return std::tie(a.whole, a.reading->name.labels) < std::tie(b.whole, b.reading->name.labels);
  });
  return made;
}

template <class Row>
void set_labels(Row& row, const metric_labels& labels) {
  for (const auto& [label, value] : labels)
    (*row.mutable_labels())[label] = value;
}

template <class Rows>
void add_sums(const std::vector<sums_reading>& readings, const metrics_naming& naming, Rows& rows) {
  constexpr std::chrono::duration<double> interval = messages::limits::metrics_interval;
  for (const auto& [whole, reading] : in_order(readings, naming, false)) {
    auto& row = *rows.Add();
    const auto& sums = reading->sums;
    row.set_name(whole);
    row.set_count(static_cast<std::int64_t>(sums.count));
    row.set_rate(sums.sum / interval.count());
    row.set_sum(sums.sum);
    row.set_min(sums.min);
    row.set_max(sums.max);
    row.set_mean(sums.mean());
    row.set_deviation(sums.deviation());
    set_labels(row, reading->name.labels);
  }
}

// -- Prometheus -------------------------------------------------------------------

std::string prometheus_name(std::string name) {
  const auto may_stand = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == ':';
  };
  std::replace_if(
      name.begin(), name.end(), [&](char c) { return !may_stand(c); }, '_');
  return name;
}

std::string escaped(std::string_view text, bool quotes_too) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || (c == '"' && quotes_too))
      out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

std::string label_text(const metric_labels& labels) {
  if (labels.empty())
    return {};
  std::string text;
  for (const auto& [label, value] : labels)
    text += fmt::format("{}{}=\"{}\"", text.empty() ? "{" : ",", prometheus_name(label),
                        escaped(value, true));
  return text + "}";
}

std::string number_text(double value) {
  return std::isnan(value) ? "NaN" : fmt::format("{}", value);
}

void add_line(std::string& out, std::string_view name, const metric_labels& labels, double value) {
  out += fmt::format("{}{} {}\n", name, label_text(labels), number_text(value));
}

void add_summary(std::string& out, const std::string& name, const sums_reading& reading) {
  for (std::size_t at = 0; at < metric_quantiles.size(); ++at) {
    auto labels = reading.name.labels;
    labels.emplace_back("quantile", fmt::format("{}", metric_quantiles[at]));
    add_line(out, name, labels, reading.quantiles[at]);
  }
  add_line(out, name + "_sum", reading.name.labels, reading.sums.sum);
  add_line(out, name + "_count", reading.name.labels, static_cast<double>(reading.sums.count));
}

// Each name's series behind its two comments; names may have become equal by what was replaced.
template <class Reading, class Add>
void add_families(std::map<std::string, std::string>& families, const char* type,
                  const std::vector<named<Reading>>& readings, Add add) {
  for (const auto& [whole, reading] : readings) {
    const auto name = prometheus_name(whole);
    auto& text = families[name];
    if (text.empty())
      text = fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escaped(reading->help, false), name,
                         type);
    add(text, name, *reading);
  }
}

}  // namespace

bool is_shown(std::string_view whole_name, const metrics_naming& naming) {
  const auto longest = [&](const std::vector<std::string>& prefixes) {
    std::ptrdiff_t most = -1;
    for (const auto& each : prefixes)
      if (whole_name.starts_with(each))
        most = std::max(most, static_cast<std::ptrdiff_t>(each.size()));
    return most;
  };
  const auto shown = longest(naming.shown);
  const auto hidden = longest(naming.hidden);
  if (shown < 0 && hidden < 0)
    return naming.shows_others;
  return shown > hidden;
}

messages::AgentMetrics to_report(const metrics_reading& interval, const metrics_naming& naming) {
  messages::AgentMetrics report;
  const std::chrono::sys_seconds began{std::chrono::seconds{interval.began_unix_s}};
  report.set_timestamp(fmt::format("{:%Y-%m-%d %H:%M:%S} +0000 UTC",
                                   fmt::gmtime(std::chrono::system_clock::to_time_t(began))));
  for (const auto& [whole, reading] : in_order(interval.gauges, naming, true)) {
    auto& row = *report.add_gauges();
    row.set_name(whole);
    row.set_value(static_cast<float>(reading->value));
    set_labels(row, reading->name.labels);
  }
  add_sums(interval.counters, naming, *report.mutable_counters());
  add_sums(interval.samples, naming, *report.mutable_samples());
  return report;
}

std::string to_prometheus(const metrics_reading& totals, const metrics_naming& naming) {
  std::map<std::string, std::string> families;
  add_families(families, "gauge", in_order(totals.gauges, naming, true),
               [](std::string& out, const std::string& name, const gauge_reading& reading) {
                 add_line(out, name, reading.name.labels, reading.value);
               });
  add_families(families, "counter", in_order(totals.counters, naming, false),
               [](std::string& out, const std::string& name, const sums_reading& reading) {
                 add_line(out, name, reading.name.labels, reading.sums.sum);
               });
  add_families(families, "summary", in_order(totals.samples, naming, false), add_summary);
  std::string text;
  for (const auto& [name, family] : families)
    text += family;
  return text;
}

}  // namespace troupe::actors
