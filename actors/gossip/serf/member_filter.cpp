#include "actors/gossip/serf/member_filter.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "actors/gossip/wire/tags.hpp"

namespace troupe::actors::gossip::serf {

namespace {

// Builds before this one said no ids that last.
constexpr build_version first_with_lasting_ids{0, 8, 5};

std::string_view tag_of(const tag_map& tags, std::string_view key) {
  const auto found = tags.find(key);
  return found == tags.end() ? std::string_view{} : std::string_view{found->second};
}

std::optional<int> parse_int(std::string_view text) {
  if (text.starts_with('+'))
    text.remove_prefix(1);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return number;
}

bool is_number_if_there(const tag_map& tags, std::string_view key) {
  const auto found = tags.find(key);
  return found == tags.end() || parse_int(found->second);
}

bool has_usable_grpc_port(const tag_map& tags) {
  const auto plain = tags.find("grpc_port");
  const auto tls = tags.find("grpc_tls_port");
  if (plain == tags.end() && tls == tags.end())
    return true;
  const auto is_port = [&](const auto& tag) {
    return tag != tags.end() && parse_int(tag->second).value_or(0) >= 1;
  };
  return is_port(plain) || is_port(tls);
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

std::string lower_case(std::string_view text) {
  std::string lowered{text};
  for (char& c : lowered)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lowered;
}

// Reads digits off the front.
std::optional<int> take_number(std::string_view& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < 0 || text.starts_with('-'))
    return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take_dot(std::string_view& text) {
  if (!text.starts_with('.'))
    return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<build_version> parse_build(std::string_view build) {
  for (; !build.empty(); build.remove_prefix(1)) {
    std::string_view rest = build;
    const auto major = take_number(rest);
    if (!major || !take_dot(rest))
      continue;
    const auto minor = take_number(rest);
    if (!minor || !take_dot(rest))
      continue;
    const auto patch = take_number(rest);
    if (!patch)
      continue;
    return build_version{*major, *minor, *patch};
  }
  return std::nullopt;
}

bool is_consul_server(const tag_map& tags) {
  if (tag_of(tags, "role") != "consul" || !parse_int(tag_of(tags, "port")) ||
      !parse_int(tag_of(tags, "vsn")) || !parse_build(tag_of(tags, "build")))
    return false;
  for (const std::string_view key : {"expect", "wan_join_port", "raft_vsn"}) {
    if (!is_number_if_there(tags, key))
      return false;
  }
  for (auto tag = tags.lower_bound("ft_"); tag != tags.end() && tag->first.starts_with("ft_");
       ++tag) {
    if (!parse_int(tag->second))
      return false;
  }
  return has_usable_grpc_port(tags);
}

member_filter::member_filter(member_filter_settings settings) : settings_(std::move(settings)) {}

std::optional<std::string> member_filter::refuse(const candidate& one) const {
  return refuse(std::vector<candidate>{one});
}

std::optional<std::string> member_filter::refuse(const std::vector<candidate>& candidates) const {
  if (settings_.kind == pool_kind::any)
    return std::nullopt;
  std::map<std::string, std::string_view> names_by_id;
  for (const candidate& one : candidates) {
    const tag_map tags = wire::decode_tags(one.meta).value_or(tag_map{});
    auto why = settings_.kind == pool_kind::lan ? refuse_lan(one, tags) : refuse_wan(one, tags);
    if (why)
      return why;
    const std::string_view id = tag_of(tags, "id");
    const auto build = parse_build(tag_of(tags, "build"));
    if (settings_.kind != pool_kind::lan || id.empty() || one.has_left || !build ||
        *build < first_with_lasting_ids)
      continue;
    const auto [known, is_new] = names_by_id.emplace(lower_case(id), one.name);
    if (!is_new && known->second != one.name)
      return fmt::format("Member '{}' has conflicting node ID '{}' with member '{}'", one.name, id,
                         known->second);
  }
  return std::nullopt;
}

std::optional<std::string> member_filter::refuse_lan(const candidate& one,
                                                     const tag_map& tags) const {
  const std::string_view id = tag_of(tags, "id");
  if (!id.empty() && !one.has_left && one.name != settings_.node_name &&
      equal_ignoring_case(id, settings_.node_id))
    return fmt::format("Member '{}' has conflicting node ID '{}' with this agent's ID", one.name,
                       id);
  const std::string_view datacenter = tag_of(tags, "dc");
  const bool is_consuls = tag_of(tags, "role") == "node" || is_consul_server(tags);
  if (is_consuls && datacenter != settings_.datacenter)
    return fmt::format("Member '{}' part of wrong datacenter '{}'", one.name, datacenter);
  return std::nullopt;
}

std::optional<std::string> member_filter::refuse_wan(const candidate& one,
                                                     const tag_map& tags) const {
  if (!is_consul_server(tags))
    return fmt::format("Member '{}' is not a server", one.name);
  const std::string_view datacenter = tag_of(tags, "dc");
  if (!settings_.federates && datacenter != settings_.datacenter)
    return fmt::format("Member '{}' part of wrong datacenter '{}'; WAN federation is disabled",
                       one.name, datacenter);
  return std::nullopt;
}

}  // namespace troupe::actors::gossip::serf
