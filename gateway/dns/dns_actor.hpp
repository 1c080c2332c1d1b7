// The DNS interface on one io_thread: from a packet to the rows it needs, and from these to its
// answer. It owns who waits for which rows, and rows that are a few milliseconds old. It never
// touches storage or sockets.
//
//   socket -> answer() -> read_question(), read_asked_name() -> kept rows -> build_answer() ->
//   bytes
//                                                     \-> request(router) -> the same, for who
//                                                     waited
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"
#include "actors/runtime/io_actor.hpp"
#include "actors/runtime/metrics.hpp"
#include "gateway/dns/answer.hpp"
#include "gateway/dns/client_rate.hpp"
#include "gateway/dns/entry.hpp"
#include "gateway/dns/kept_findings.hpp"
#include "gateway/dns/recursion.hpp"
#include "gateway/dns/settings.hpp"

namespace troupe::gateway::dns {

struct dns_needs {
  actors::router_actor router;  // of the same io_thread
  std::uint64_t random_seed = 0;
  actors::request_cache_actor cache{};  // none: every look-up is asked anew
  actors::metrics_registry* metrics = &actors::process_metrics();
};

class dns_lane : public actors::io_actor<actors::dns_actor>, public dns_entry {
 public:
  dns_lane(caf::actor_config& config, actors::io_thread& home, dns_settings settings,
           dns_needs needs);

  behavior_type make_behavior() override;
  void on_exit() override;

  // -- for sockets of the same io_thread -----------------------------------------

  handled answer(packet_view packet, const asker& who, std::span<std::uint8_t> out,
                 std::size_t& bytes) override;

 private:
  using time_point = std::chrono::steady_clock::time_point;
  struct waiting_question {
    std::vector<std::uint8_t> packet;
    client_endpoint from;
    std::shared_ptr<reply_path> path;
    bool over_tcp = false;
  };
  struct row_search {
    time_point began;
    std::vector<waiting_question> questions;
  };

  // -- answering
  std::size_t write(const asker& who, std::span<std::uint8_t> out);
  std::size_t reply_code_only(reply_code code, const asker& who, std::span<std::uint8_t> out);
  handled reply_from(const findings& found, const asker& who, std::span<std::uint8_t> out,
                     std::size_t& bytes);
  static waiting_question kept_question(packet_view packet, const asker& who);
  void on_recursed(const waiting_question& asked, const std::vector<std::uint8_t>& answer);
  handled recurse(packet_view packet, const asker& who, std::span<std::uint8_t> out,
                  std::size_t& bytes);

  // -- asking
  handled look_up(wanted what, packet_view packet, const asker& who, std::span<std::uint8_t> out,
                  std::size_t& bytes);
  void ask(wanted what, const std::string& key);
  template <class Query>
  Query read_query() const;
  template <class Target, class Query, class Digest>
  void ask_for_rows(const Target& asked, Query query, const std::string& key, Digest digest);
  void ask_for_instances(const std::string& key);
  template <class Query, class Digest>
  void ask_by_cache(Query query, const std::string& key, Digest digest);
  void resolve_hosts(const std::string& key, findings rows);
  void found(const std::string& key, std::shared_ptr<const findings> rows);
  void not_found(const std::string& key, const messages::failure& why);
  void tick_later();
  void on_tick();
  static std::uint32_t unix_time_s();
  void count(time_point began);
  time_point now() const { return system().clock().now(); }

  dns_settings settings_;
  dns_needs needs_;
  std::vector<std::vector<std::string_view>> domains_;
  shuffler random_;
  kept_findings kept_;
  std::unordered_map<std::string, row_search> searches_;
  std::size_t waiting_ = 0;
  std::size_t pointer_searches_ = 0;
  std::unique_ptr<recursion> recursion_;  // null without recursors
  client_rate recursing_;
  // Each with the time that it took.
  actors::sample_metric& domain_queries_;
  actors::sample_metric& pointer_queries_;
  actors::counter_metric& stale_answers_;
  std::uint32_t unix_time_s_ = unix_time_s();

  // Of the question at hand.
  question question_;
  asked_name asked_;
  named_address client_;  // by its subnet option, else where the question came from
  reply reply_;
  std::string key_;
  std::vector<std::uint8_t> late_;  // where late answers are written
};

struct spawned_dns {
  actors::dns_actor handle;
  // What sockets of that io_thread call; keeps the actor alive.
  std::shared_ptr<dns_entry> entry;
};

spawned_dns spawn_dns(caf::actor_system& system, actors::io_thread& home, dns_settings settings,
                      dns_needs needs);

}  // namespace troupe::gateway::dns
