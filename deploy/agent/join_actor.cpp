#include "deploy/agent/join_actor.hpp"

#include <utility>

#include <caf/event_based_actor.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/runtime/errors.hpp"

namespace troupe::agent {

namespace {

namespace m = messages;

// Longer than the slowest address takes.
constexpr std::chrono::minutes attempt_timeout{5};

class joining : public caf::event_based_actor {
 public:
  joining(caf::actor_config& config, join_order order)
      : caf::event_based_actor(config), order_(std::move(order)) {}

  caf::behavior make_behavior() override {
    attempt();
    return {[this](const m::GossipTick&) { attempt(); }};
  }

 private:
  void attempt() {
    m::JoinPool request;
    for (const auto& address : order_.options.addresses)
      request.add_addresses(address);
    spdlog::info("agent: Joining cluster...: cluster={}", order_.pool_name);
    this->request(order_.pool, attempt_timeout, std::move(request))
        .then([this](const m::PoolJoined& joined) { on_answer(joined); },
              [this](const caf::error& why) { retry(actors::from_caf(why).detail); });
  }

  void on_answer(const m::PoolJoined& joined) {
    if (joined.joined() == 0)
      return retry(joined.errors_size() > 0 ? joined.errors(0) : "nobody answered");
    spdlog::info(
        "agent: Join cluster completed. Synced with initial agents: cluster={} num_agents={}",
        order_.pool_name, joined.joined());
    quit();
  }

  void retry(const std::string& why) {
    ++attempts_;
    const auto most = order_.options.attempts_max;
    if (most > 0 && attempts_ > most) {
      order_.gave_up(fmt::format("agent: max join {} retry exhausted, exiting", order_.pool_name));
      quit();
      return;
    }
    const auto seconds = std::chrono::duration<double>(order_.options.interval).count();
    spdlog::warn("agent: Join cluster failed, will retry: cluster={} retry_interval={}s error={}",
                 order_.pool_name, seconds, why);
    delayed_send(this, order_.options.interval, m::GossipTick{});
  }

  join_order order_;
  int attempts_ = 0;
};

}  // namespace

caf::actor spawn_joining(caf::actor_system& system, join_order order) {
  return system.spawn<joining>(std::move(order));
}

}  // namespace troupe::agent
