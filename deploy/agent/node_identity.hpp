// Who this node is: the id that it keeps over restarts, what it publishes of itself.
#pragma once

#include <filesystem>
#include <string>

#include "actors/self/metrics_report.hpp"
#include "deploy/agent/agent_config.hpp"
#include "messages/agent.pb.h"
#include "messages/catalog.pb.h"
#include "messages/result.hpp"

namespace troupe::agent {

// The configuration's id, else the one kept in `data_dir`/node-id, else a new one, which is kept.
messages::result<std::string> node_id(const agent_config& config,
                                      const std::filesystem::path& data_dir);

std::string random_uuid();

// The node's row of the catalog, without indexes.
messages::Node catalog_node(const agent_config& config, const std::string& id);

// The node as a member of the LAN pool, and as one of the WAN pool.
messages::Member lan_member(const agent_config& config, const std::string& id);
messages::Member wan_member(const agent_config& config, const std::string& id);

// What /v1/agent/self says, but for the counters that change.
messages::AgentSelf self_description(const agent_config& config, const std::string& id);

// How its metrics are named, and which of them are shown.
actors::metrics_naming metrics_naming(const agent_config& config);

}  // namespace troupe::agent
