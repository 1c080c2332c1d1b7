// Members of a gossip pool that are servers: "a" with number 1 is id-a at 10.0.0.1:8300.
#pragma once

#include <string>
#include <vector>

#include "actors/servers/server_list.hpp"

namespace troupe::actors::servers {

inline messages::Member some_server(const std::string& name, int number, int expect = 3) {
  messages::Member member;
  member.set_name(name);
  member.set_addr("10.0.0." + std::to_string(number));
  auto& tags = *member.mutable_tags();
  tags["role"] = "consul";
  tags["dc"] = "dc1";
  tags["id"] = "id-" + name;
  tags["port"] = "8300";
  if (expect > 0)
    tags["expect"] = std::to_string(expect);
  return member;
}

inline messages::MemberEvent event(messages::MemberEvent::Kind kind,
                                   const std::vector<messages::Member>& members) {
  messages::MemberEvent event;
  event.set_kind(kind);
  for (const auto& member : members)
    *event.add_members() = member;
  return event;
}

inline server_list list_of(const std::vector<messages::Member>& members) {
  server_list list("dc1");
  list.take(event(messages::MemberEvent::JOINED, members));
  return list;
}

inline messages::RaftConfiguration configuration_of(const server_list& list) {
  messages::RaftConfiguration all;
  for (const auto& [id, server] : list.by_id())
    *all.add_servers() = server.as_raft_server();
  return all;
}

}  // namespace troupe::actors::servers
