// The pool's words as the messages that the rest of the node is told. Pure.
#pragma once

#include <vector>

#include "actors/gossip/gossip_pool.hpp"
#include "messages/gossip.pb.h"

namespace troupe::actors::gossip {

messages::Member to_message(const serf::member& member);
messages::Members to_message(const std::vector<serf::member>& members);
// In order; neighbours of one kind in one message.
std::vector<messages::MemberEvent> to_messages(const std::vector<serf::member_event>& events);
messages::UserEvent to_message(const serf::user_event& event);
messages::PoolQuestion to_message(const serf::question& question);
messages::KeyringReply to_message(const serf::keyring_reply& reply);
messages::CoordinateEntry to_message(const std::string& name, const serf::coordinate& place);
// What Consul's agent tells of a pool.
messages::PoolStats stats_of(const gossip_pool& pool, bool is_encrypted);

serf::query_request from_message(const messages::PoolQuery& query);
// Fails with errc::bad_request if the key is none.
messages::result<serf::keyring_request> from_message(const messages::KeyringRequest& request);

}  // namespace troupe::actors::gossip
