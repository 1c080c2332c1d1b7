// What a Consul user event (`consul:event:NAME`) carries.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::actors::gossip::wire {

struct consul_event {
  std::string_view id = {};  // a UUID
  std::string_view name = {};
  std::string_view node_filter = {};  // regular expressions; empty: all
  std::string_view service_filter = {};
  std::string_view tag_filter = {};
  std::string_view payload = {};
  std::int64_t version = 1;

  bool operator==(const consul_event&) const = default;
};

std::optional<consul_event> decode_consul_event(std::string_view payload);
std::string encode(const consul_event& event);

}  // namespace troupe::actors::gossip::wire
