// What swim_core puts out, in memberlist's words: numbers become names.
#pragma once

#include <string_view>

#include "actors/gossip/swim/member_directory.hpp"
#include "actors/gossip/swim/member_table.hpp"
#include "actors/gossip/swim/swim_types.hpp"
#include "actors/gossip/wire/packet_writer.hpp"
#include "actors/gossip/wire/push_pull.hpp"

namespace troupe::actors::gossip {

struct packet_sender {
  std::string_view name;
  std::string_view ack_payload;  // of the layer above
};

// Nothing for std::monostate: a packet of gossip.
void add_primary(const swim::primary_message& message, const packet_sender& sender,
                 const swim::member_directory& directory, wire::packet_writer& to);
void add_update(const swim::update& update, const swim::member_directory& directory,
                wire::packet_writer& to);

// What a push/pull says of a member. It holds as long as the directory's names.
wire::push_pull_node push_pull_node(const swim::remote_record& record,
                                    const swim::member_directory& directory);

}  // namespace troupe::actors::gossip
