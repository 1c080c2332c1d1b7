// Whom a Consul pool refuses: members of another datacenter, of an id that is taken, and in the WAN
// pool whoever is no server. Asked for the whole set at a join's push/pull, and for the one member
// at every alive, before it is taken. Pure; the refused one is told nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/gossip/serf/serf_types.hpp"

namespace troupe::actors::gossip::serf {

enum class pool_kind : std::uint8_t { any, lan, wan };

struct member_filter_settings {
  pool_kind kind = pool_kind::any;  // any: takes everybody
  std::string node_name;
  std::string node_id;
  std::string datacenter;
  bool federates = true;  // WAN: members of other datacenters are taken
};

class member_filter {
 public:
  explicit member_filter(member_filter_settings settings);

  struct candidate {
    std::string_view name;
    std::string_view meta;  // tags, encoded
    bool has_left = false;
  };
  // Why not, for the log; nothing if all are welcome.
  std::optional<std::string> refuse(const std::vector<candidate>& candidates) const;
  std::optional<std::string> refuse(const candidate& one) const;

 private:
  std::optional<std::string> refuse_lan(const candidate& one, const tag_map& tags) const;
  std::optional<std::string> refuse_wan(const candidate& one, const tag_map& tags) const;

  member_filter_settings settings_;
};

// What Consul takes for one of its servers: tag `role` is consul, and port, versions, build and all
// other numbers parse.
bool is_consul_server(const tag_map& tags);
// The version in tag `build`: the first d.d.d in it.
struct build_version {
  int major = 0;
  int minor = 0;
  int patch = 0;
  auto operator<=>(const build_version&) const = default;
};
std::optional<build_version> parse_build(std::string_view build);

}  // namespace troupe::actors::gossip::serf
