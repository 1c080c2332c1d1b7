#include "actors/gossip/serf/member_snapshot.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "messages/limits.hpp"

namespace troupe::actors::gossip::serf {

namespace {

using namespace messages;

constexpr std::string_view alive_prefix = "alive: ";
constexpr std::string_view not_alive_prefix = "not-alive: ";
constexpr std::string_view clock_prefix = "clock: ";
constexpr std::string_view event_clock_prefix = "event-clock: ";
constexpr std::string_view query_clock_prefix = "query-clock: ";
constexpr std::string_view coordinate_prefix = "coordinate: ";
constexpr std::string_view leave_line = "leave";

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return number;
}

// 127.0.0.1:8301 or [::1]:8301.
std::optional<endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  const auto address = ip_address::parse(host);
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!address || !port)
    return std::nullopt;
  return endpoint{*address, *port};
}

bool read_clock(std::string_view line, std::string_view prefix, lamport_time& into) {
  const auto read = parse_number<std::uint64_t>(line.substr(prefix.size()));
  if (read)
    into.value = *read;
  return read.has_value();
}

bool read_alive(std::string_view line, recovered_snapshot& into) {
  const std::string_view info = line.substr(alive_prefix.size());
  const std::size_t space = info.rfind(' ');
  if (space == std::string_view::npos || space == 0)
    return false;
  const auto where = parse_endpoint(info.substr(space + 1));
  if (!where)
    return false;
  into.alive.insert_or_assign(std::string{info.substr(0, space)}, *where);
  return true;
}

// False if the line is broken.
bool read_line(std::string_view line, bool rejoin_after_leave, recovered_snapshot& into) {
  if (line.starts_with(alive_prefix))
    return read_alive(line, into);
  if (line.starts_with(not_alive_prefix)) {
    into.alive.erase(std::string{line.substr(not_alive_prefix.size())});
    return true;
  }
  if (line.starts_with(clock_prefix))
    return read_clock(line, clock_prefix, into.member_time);
  if (line.starts_with(event_clock_prefix))
    return read_clock(line, event_clock_prefix, into.event_time);
  if (line.starts_with(query_clock_prefix))
    return read_clock(line, query_clock_prefix, into.query_time);
  if (line == leave_line) {
    if (!rejoin_after_leave) {
      into.alive.clear();
      into.member_time = into.event_time = into.query_time = {};
    }
    return true;
  }
  return line.starts_with('#') || line.starts_with(coordinate_prefix);
}

// A name from the network must not bring lines of its own.
bool fits_a_line(std::string_view name) {
  return !name.empty() && std::none_of(name.begin(), name.end(),
                                       [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

}  // namespace

recovered_snapshot parse_snapshot(std::string_view text, bool rejoin_after_leave) {
  recovered_snapshot recovered;
  recovered.bytes = text.size();
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    // A line without its end was cut short by a crash: it may look whole and be wrong.
    const bool whole = end != std::string_view::npos;
    if (!whole || !read_line(text.substr(0, end), rejoin_after_leave, recovered))
      ++recovered.broken_lines;
    text.remove_prefix(whole ? end + 1 : text.size());
  }
  return recovered;
}

member_snapshot::member_snapshot(recovered_snapshot recovered, bool rejoin_after_leave)
    : alive_(std::move(recovered.alive)),
      member_time_(recovered.member_time),
      event_time_(recovered.event_time),
      query_time_(recovered.query_time),
      rejoin_after_leave_(rejoin_after_leave),
      bytes_(recovered.bytes) {}

void member_snapshot::on_alive(const std::string& name, const endpoint& where) {
  if (!fits_a_line(name))
    return;
  const auto [known, is_new] = alive_.try_emplace(name, where);
  if (!is_new && known->second == where)
    return;
  known->second = where;
  append(fmt::format("{}{} {}", alive_prefix, name, where.text()));
}

void member_snapshot::on_not_alive(const std::string& name) {
  if (alive_.erase(name) != 0)
    append(fmt::format("{}{}", not_alive_prefix, name));
}

void member_snapshot::on_member_time(lamport_time seen) {
  if (seen <= member_time_)
    return;
  member_time_ = seen;
  append(fmt::format("{}{}", clock_prefix, seen.value));
}

void member_snapshot::on_event_time(lamport_time seen) {
  if (seen <= event_time_)
    return;
  event_time_ = seen;
  append(fmt::format("{}{}", event_clock_prefix, seen.value));
}

void member_snapshot::on_query_time(lamport_time seen) {
  if (seen <= query_time_)
    return;
  query_time_ = seen;
  append(fmt::format("{}{}", query_clock_prefix, seen.value));
}

void member_snapshot::on_leave() {
  if (!rejoin_after_leave_)
    alive_.clear();
  append(leave_line);
  has_left_ = true;
}

void member_snapshot::append(std::string_view line) {
  if (has_left_)
    return;  // members going while we leave must not look like failures at the next start
  lines_ += line;
  lines_ += '\n';
  bytes_ += line.size() + 1;
}

std::string member_snapshot::take_lines() {
  return std::exchange(lines_, {});
}

std::optional<std::string> member_snapshot::take_rewrite() {
  const std::size_t worth_keeping =
      std::max({limits::snapshot_compact_bytes_min,
                2 * limits::snapshot_bytes_per_member * alive_.size(), 2 * rewritten_bytes_});
  if (has_left_ || bytes_ <= worth_keeping)
    return std::nullopt;
  lines_.clear();
  std::string text = whole_text();
  bytes_ = rewritten_bytes_ = text.size();
  return text;
}

std::string member_snapshot::whole_text() const {
  std::string text;
  for (const auto& [name, where] : alive_)
    fmt::format_to(std::back_inserter(text), "{}{} {}\n", alive_prefix, name, where.text());
  fmt::format_to(std::back_inserter(text), "{}{}\n{}{}\n{}{}\n", clock_prefix, member_time_.value,
                 event_clock_prefix, event_time_.value, query_clock_prefix, query_time_.value);
  return text;
}

}  // namespace troupe::actors::gossip::serf
