// This agent's members of gossip pools: the one of its datacenter and, on servers, the one of all
// datacenters. Here the configuration becomes their settings, and the keys are found.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"
#include "actors/runtime/io_thread.hpp"
#include "deploy/agent/agent_config.hpp"
#include "messages/result.hpp"

namespace troupe::agent {

class gossip_pools {
 public:
  // Listens. Fails with a line for the operator.
  static messages::result<std::unique_ptr<gossip_pools>> start(
      caf::actor_system& system, actors::io_thread& home, const agent_config& config,
      const std::string& node_id, const std::filesystem::path& data_dir);
  ~gossip_pools();  // ends both
  gossip_pools(const gossip_pools&) = delete;
  gossip_pools& operator=(const gossip_pools&) = delete;

  actors::gossip_member_actor lan() const { return lan_; }
  actors::gossip_member_actor wan() const { return wan_; }  // none: no server, or switched off

  // Of the LAN pool, those that have left apart; may be asked on any thread.
  std::size_t lan_members() const { return *lan_members_; }

  // Tries what the configuration says to join, until it works. `gave_up` takes a line for the log,
  // on any thread.
  void join(const agent_config& config, const std::function<void(std::string)>& gave_up);
  // Says goodbye in both pools and waits until they were told.
  void leave();
  void end();

 private:
  explicit gossip_pools(caf::actor_system& system) : system_(&system) {}

  caf::actor_system* system_;
  actors::gossip_member_actor lan_;
  actors::gossip_member_actor wan_;
  std::shared_ptr<std::atomic<std::size_t>> lan_members_ =
      std::make_shared<std::atomic<std::size_t>>(1);
  caf::actor lan_join_;
  caf::actor wan_join_;
};

}  // namespace troupe::agent
