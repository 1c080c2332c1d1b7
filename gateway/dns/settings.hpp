// What the agent's configuration says of DNS, in the form in which answers need it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/dns/endpoint.hpp"
#include "messages/result.hpp"

namespace troupe::gateway::dns {

// A domain that is answered, in the forms that reading and writing need.
struct dns_domain {
  std::string wire;                 // with the root's label
  std::vector<std::string> labels;  // as configured
};

// Of a service whose name is `name`, or begins with it.
struct service_ttl {
  std::string name;
  bool is_prefix = false;
  std::uint32_t ttl_s = 0;
};

struct soa_settings {
  std::uint32_t refresh_s = 3600;
  std::uint32_t retry_s = 600;
  std::uint32_t expire_s = 86400;
  std::uint32_t min_ttl_s = 0;
};

struct dns_settings {
  std::string node_name;
  std::string datacenter;
  std::vector<dns_domain> domains;  // the domain and, if there is one, its alternative

  std::uint32_t node_ttl_s = 0;
  std::vector<service_ttl> service_ttls;  // the first that fits counts: see order_ttls()
  bool allow_stale = true;
  std::chrono::milliseconds max_stale = std::chrono::hours(87600);
  bool only_passing = false;
  bool use_cache = false;                // services are asked of the request cache
  std::chrono::seconds cache_age_max{};  // 0: any age will do
  bool enable_truncate = false;
  bool compress = true;
  int udp_answer_limit = 3;
  int a_record_limit = 0;  // 0: none
  bool node_meta_txt = true;
  soa_settings soa;
  std::string token;

  std::vector<endpoint> recursors;  // none: names of others are refused
  std::chrono::nanoseconds recursor_timeout = std::chrono::seconds(2);
  bool random_recursors = false;

  bool recurses() const { return !recursors.empty(); }
};

// "consul." to its forms. Fails with errc::bad_request if it is no name.
messages::result<dns_domain> make_domain(std::string_view text);

// "web", "web*" or "*" of dns_config.service_ttl.
service_ttl make_service_ttl(std::string_view key, std::uint32_t ttl_s);

// Exact names first, then prefixes from the longest to "*".
void order_ttls(std::vector<service_ttl>& ttls);

std::uint32_t ttl_of_service(const dns_settings& settings, std::string_view name);

}  // namespace troupe::gateway::dns
