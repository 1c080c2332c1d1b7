#include "deploy/agent/dns_front.hpp"

#include <utility>

#include <caf/send.hpp>

#include "actors/runtime/outside.hpp"
#include "gateway/dns/dns_actor.hpp"
#include "gateway/dns/dns_server.hpp"

namespace troupe::agent {

namespace dns = gateway::dns;
using messages::result;

namespace {

std::uint32_t whole_seconds(duration value) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(value).count());
}

void take_answers(const agent_config& config, dns::dns_settings& to) {
  const auto& from = config.dns;
  to.node_name = config.node_name;
  to.datacenter = config.datacenter;
  to.node_ttl_s = whole_seconds(from.node_ttl);
  for (const auto& [name, ttl] : from.service_ttl)
    to.service_ttls.push_back(dns::make_service_ttl(name, whole_seconds(ttl)));
  dns::order_ttls(to.service_ttls);
  to.allow_stale = from.allow_stale;
  to.max_stale = std::chrono::duration_cast<std::chrono::milliseconds>(from.max_stale);
  to.only_passing = from.only_passing;
  to.use_cache = from.use_cache;
  to.cache_age_max = std::chrono::duration_cast<std::chrono::seconds>(from.cache_max_age);
  to.enable_truncate = from.enable_truncate;
  to.compress = !from.disable_compression;
  to.udp_answer_limit = from.udp_answer_limit;
  to.a_record_limit = from.a_record_limit;
  to.node_meta_txt = from.enable_additional_node_meta_txt;
  to.soa = {from.soa_refresh_s, from.soa_retry_s, from.soa_expire_s, from.soa_min_ttl_s};
  to.recursor_timeout = from.recursor_timeout;
  to.random_recursors = from.random_recursors;
}

result<dns::dns_settings> settings_of(const agent_config& config) {
  dns::dns_settings settings;
  for (const auto* text : {&config.domain, &config.alt_domain}) {
    if (text->empty())
      continue;
    auto domain = dns::make_domain(*text);
    if (!domain)
      return domain.error();
    settings.domains.push_back(*std::move(domain));
  }
  for (const auto& text : config.recursors) {
    auto recursor = dns::parse_endpoint(text);
    if (!recursor)
      return messages::failure{recursor.error().code, "recursors: " + recursor.error().detail};
    settings.recursors.push_back(*std::move(recursor));
  }
  take_answers(config, settings);
  return settings;
}

}  // namespace

struct dns_front::parts {
  std::vector<dns::spawned_dns> actors;
  std::unique_ptr<dns::dns_server> server;
};

dns_front::dns_front(std::unique_ptr<parts> made) : parts_(std::move(made)) {}

dns_front::~dns_front() {
  close();
}

result<std::unique_ptr<dns_front>> dns_front::open(caf::actor_system& system,
                                                   const agent_config& config,
                                                   dns_front_needs needs) {
  std::unique_ptr<dns_front> front(new dns_front(std::make_unique<parts>()));
  if (config.ports.dns < 0)
    return front;
  auto settings = settings_of(config);
  if (!settings)
    return settings.error();
  std::vector<dns::dns_server_lane> lanes;
  auto& actors = front->parts_->actors;
  for (std::size_t i = 0; i < needs.threads->size(); ++i) {
    auto& thread = *(*needs.threads)[i];
    actors.push_back(dns::spawn_dns(system, thread, *settings,
                                    {needs.routers[i], actors::random_seed(), needs.cache}));
    lanes.push_back({&thread, actors.back().entry});
  }
  front->parts_->server = std::make_unique<dns::dns_server>(std::move(lanes));
  for (const auto& address : config.addresses.dns) {
    const auto port = static_cast<std::uint16_t>(config.ports.dns);
    if (auto listening = front->parts_->server->listen(address, port); !listening)
      return listening.error();
  }
  return front;
}

void dns_front::close() {
  if (parts_->server)
    parts_->server->stop();
  for (auto& each : parts_->actors) {
    if (each.handle)
      caf::anon_send_exit(each.handle, caf::exit_reason::user_shutdown);
    each = {};
  }
}

}  // namespace troupe::agent
