// What is made of a pool's answers. Pure.
#pragma once

#include <string>
#include <vector>

#include "messages/gossip.pb.h"
#include "messages/result.hpp"

namespace troupe::actors::pools {

// Of which pool a report speaks.
struct pool_name {
  bool wan = false;
  std::string datacenter;
};

// The operation failed if a member refused or did not answer; the error's text is serf's.
messages::PoolKeyring keyring_report(const pool_name& pool, messages::KeyringReply reply);
messages::PoolKeyring keyring_report(const pool_name& pool, const messages::failure& why);

// The servers' coordinates by datacenter, sorted by datacenter and node. Members of the pool of all
// datacenters are called node.datacenter; here they are by their node's name.
messages::DatacenterMaps datacenter_maps(const messages::PoolCoordinates& wan);

bool has_member(const messages::Members& pool, const std::string& name);

}  // namespace troupe::actors::pools
