#include "bench/gossip_scale/live/live_report.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "messages/json_writer.hpp"

namespace troupe::gossip_scale {

namespace {

std::string seconds_text(double seconds) {
  return seconds < 0 ? std::string("-") : fmt::format("{:.2f}", seconds);
}

// Collects aligned lines.
class page {
 public:
  template <class... Values>
  void row(std::string_view name, fmt::format_string<Values...> text, Values&&... values) {
    fmt::format_to(std::back_inserter(text_), "  {:<46}", name);
    line(text, std::forward<Values>(values)...);
  }
  template <class... Values>
  void line(fmt::format_string<Values...> text, Values&&... values) {
    fmt::format_to(std::back_inserter(text_), text, std::forward<Values>(values)...);
    text_ += '\n';
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void put_joining(const live_options& options, const live_report& report, page& into) {
  into.row("all views whole after the last join", "{}",
           report.whole_views_s < 0 ? fmt::format("not within the patience: {} of {} are",
                                                  report.whole_views, options.members)
                                    : fmt::format("{:.2f} s", report.whole_views_s));
  if (options.serf_members > 0)
    into.row("serf's views whole by then", "{} of {}", report.whole_serf_views,
             options.serf_members);
  into.row("joins tried again", "{}", report.join_retries);
  into.row("healthy members announced failed", "{:.0f}", report.wrong_failures_before);
  into.row("CPU while they joined", "{:.0f} us a member-second", report.joining_cpu_us);
  into.row("then the news is told to all in", "{}",
           report.settle_s < 0 ? std::string("not within the time given")
                               : fmt::format("{:.0f} s", report.settle_s));
}

void put_costs(const live_options& options, const live_report& report, page& into) {
  into.line("quiet for {:.0f} s; a member of ours{}", report.quiet_s,
            options.serf_members > 0 ? " and of serf" : "");
  const auto both = [&](const char* name, double ours, double serf, const char* unit) {
    if (options.serf_members > 0)
      into.row(name, "{:>10.1f}  {:>10.1f}  {}", ours, serf, unit);
    else
      into.row(name, "{:>10.1f}  {}", ours, unit);
  };
  const auto serf = report.serf.value_or(side_cost{});
  both("CPU a second", report.ours.cpu_us_a_second, serf.cpu_us_a_second, "us");
  both("packets sent a second", report.ours.packets_a_second, serf.packets_a_second, "");
  both("packet bytes sent a second", report.ours.packet_bytes_a_second, serf.packet_bytes_a_second,
       "");
  both("memory resident", report.resident_bytes_a_member / 1e3,
       report.serf_resident_bytes_a_member / 1e3, "kB");
  into.row("of ours on the heap and in use", "{:>10.1f}  kB", report.heap_bytes_a_member / 1e3);
}

void put_noticed(const live_options& options, const live_report& report, page& into) {
  if (report.after.mishaps.empty())
    return;
  into.line("seconds until it was told, by whom first; by others: first / median / all");
  for (const auto& each : report.after.mishaps) {
    const auto by = [](const noticed_by& who) {
      return fmt::format("{} / {} / {} ({} of {})", seconds_text(who.first_s),
                         seconds_text(who.median_s), seconds_text(who.all_s), who.told,
                         who.observers);
    };
    auto text =
        fmt::format("{}", each.first_observer < 0
                              ? std::string("nobody")
                              : name_of(options, static_cast<std::uint32_t>(each.first_observer)));
    text += "; ours " + by(each.ours);
    if (options.serf_members > 0)
      text += "; serf " + by(each.serf);
    if (each.is_pause && each.back_told > 0)
      text += fmt::format("; back at {} in {} s", each.back_told, seconds_text(each.back_all_s));
    into.row(
        fmt::format("{} {}", name_of(options, each.member), each.is_pause ? "paused" : "killed"),
        "{}", text);
  }
}

// -- over all mishaps of a kind ------------------------------------------------------------

double median_of(std::vector<double> values) {
  std::erase_if(values, [](double each) { return each < 0; });
  if (values.empty())
    return -1;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void put_medians(const live_report& report, page& into) {
  for (const bool is_pause : {false, true}) {
    std::vector<double> first;
    std::vector<double> all;
    for (const auto& each : report.after.mishaps) {
      if (each.is_pause != is_pause)
        continue;
      const auto& serf = each.serf;
      first.push_back(serf.first_s < 0 ||
                              (each.ours.first_s >= 0 && each.ours.first_s < serf.first_s)
                          ? each.ours.first_s
                          : serf.first_s);
      all.push_back(serf.observers > 0 && (serf.all_s < 0 || each.ours.all_s < 0)
                        ? -1
                        : std::max(each.ours.all_s, serf.all_s));
    }
    if (!first.empty())
      into.row(is_pause ? "of the paused: median first / all" : "of the killed: median first / all",
               "{} / {} s of {}", seconds_text(median_of(first)), seconds_text(median_of(all)),
               first.size());
  }
}

// -- JSON ------------------------------------------------------------------------------------

using messages::json_writer;

// What is below 0 is not known.
void put(json_writer& out, const char* name, double value) {
  out.key(name);
  if (value < 0)
    out.null();
  else
    out.number(value);
}

void write(json_writer& out, const char* name, const side_cost& what) {
  out.key(name).begin_object();
  put(out, "cpu_us_a_member_second", what.cpu_us_a_second);
  put(out, "packets_a_member_second", what.packets_a_second);
  put(out, "packet_bytes_a_member_second", what.packet_bytes_a_second);
  out.end_object();
}

void write(json_writer& out, const char* name, const noticed_by& who) {
  out.key(name).begin_object();
  put(out, "observers", static_cast<double>(who.observers));
  put(out, "told", static_cast<double>(who.told));
  put(out, "first_s", who.first_s);
  put(out, "median_s", who.median_s);
  put(out, "all_s", who.all_s);
  out.end_object();
}

void write(json_writer& out, const live_options& options, const noticed& what) {
  out.begin_object();
  out.key("member").text(name_of(options, what.member));
  out.key("paused").boolean(what.is_pause);
  write(out, "ours", what.ours);
  write(out, "serf", what.serf);
  if (what.is_pause) {
    put(out, "back_told", static_cast<double>(what.back_told));
    put(out, "back_all_s", what.back_all_s);
  }
  out.end_object();
}

void write_pool(json_writer& out, const live_options& options) {
  out.key("members").number(std::uint64_t{options.members});
  out.key("serf_members").number(std::uint64_t{options.serf_members});
  out.key("settings").text(options.settings_name);
  out.key("alpha").number(options.settings.suspicion_multiplier);
  out.key("tags").boolean(options.has_tags);
  out.key("encrypted").boolean(options.is_encrypted);
  out.key("threads").number(std::uint64_t{options.threads});
}

}  // namespace

std::string to_text(const live_options& options, const live_report& report) {
  page made;
  made.line("{} members in this process on {} threads, {} serf agents; settings {}, alpha {}, {}{}",
            options.members, options.threads, options.serf_members, options.settings_name,
            options.settings.suspicion_multiplier, options.has_tags ? "an agent's tags" : "no tags",
            options.is_encrypted ? ", encrypted" : "");
  put_joining(options, report, made);
  put_costs(options, report, made);
  put_noticed(options, report, made);
  put_medians(report, made);
  made.row("false positives at healthy and at paused members", "{}, {}",
           report.after.false_positives_at_healthy, report.after.false_positives_at_paused);
  made.row("load of the machine at the end", "{:.1f}", report.machine_load);
  if (!report.is_complete)
    made.line("stopped early");
  return made.take();
}

std::string to_json(const live_options& options, const live_report& report) {
  std::string text;
  json_writer out(text, true);
  out.begin_object();
  write_pool(out, options);
  put(out, "start_s", report.start_s);
  put(out, "whole_views", static_cast<double>(report.whole_views));
  put(out, "whole_views_s", report.whole_views_s);
  put(out, "whole_serf_views", static_cast<double>(report.whole_serf_views));
  put(out, "join_retries", static_cast<double>(report.join_retries));
  put(out, "joining_cpu_us_a_member_second", report.joining_cpu_us);
  put(out, "settle_s", report.settle_s);
  put(out, "quiet_s", report.quiet_s);
  write(out, "ours", report.ours);
  if (report.serf)
    write(out, "serf", *report.serf);
  put(out, "resident_bytes_a_member", report.resident_bytes_a_member);
  put(out, "heap_bytes_a_member", report.heap_bytes_a_member);
  if (report.serf)
    put(out, "serf_resident_bytes_a_member", report.serf_resident_bytes_a_member);
  put(out, "wrong_failures_before", report.wrong_failures_before);
  out.key("mishaps").begin_array();
  for (const auto& each : report.after.mishaps)
    write(out, options, each);
  out.end_array();
  put(out, "false_positives_at_healthy",
      static_cast<double>(report.after.false_positives_at_healthy));
  put(out, "false_positives_at_paused",
      static_cast<double>(report.after.false_positives_at_paused));
  out.key("complete").boolean(report.is_complete);
  put(out, "machine_load", report.machine_load);
  out.end_object();
  return text + "\n";
}

}  // namespace troupe::gossip_scale
