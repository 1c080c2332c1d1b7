#include "gateway/dns/settings.hpp"

#include <algorithm>

#include "gateway/dns/asked_name.hpp"
#include "gateway/dns/names.hpp"
#include "gateway/dns/wire.hpp"

namespace troupe::gateway::dns {

messages::result<dns_domain> make_domain(std::string_view text) {
  if (text.ends_with('.'))
    text.remove_suffix(1);
  const auto labels = wire_labels(text);
  if (!labels || labels->size() + 1 > name_bytes_max || text.empty())
    return messages::failure{messages::errc::bad_request,
                             "\"" + std::string(text) + "\" is no DNS domain"};
  dns_domain made;
  made.wire = *labels + '\0';
  while (!text.empty()) {
    const auto dot = text.find('.');
    made.labels.emplace_back(text.substr(0, dot));
    text = dot == std::string_view::npos ? std::string_view{} : text.substr(dot + 1);
  }
  return made;
}

service_ttl make_service_ttl(std::string_view key, std::uint32_t ttl_s) {
  const bool is_prefix = key.ends_with('*');
  if (is_prefix)
    key.remove_suffix(1);
  return {.name = std::string(key), .is_prefix = is_prefix, .ttl_s = ttl_s};
}

void order_ttls(std::vector<service_ttl>& ttls) {
  std::ranges::stable_sort(ttls, [](const service_ttl& a, const service_ttl& b) {
    if (a.is_prefix != b.is_prefix)
      return b.is_prefix;
    return a.name.size() > b.name.size();
  });
}

std::uint32_t ttl_of_service(const dns_settings& settings, std::string_view name) {
  for (const auto& each : settings.service_ttls) {
    const auto compared = each.is_prefix ? name.substr(0, each.name.size()) : name;
    if (same_label(compared, each.name))
      return each.ttl_s;
  }
  return 0;
}

}  // namespace troupe::gateway::dns
