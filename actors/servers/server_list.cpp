#include "actors/servers/server_list.hpp"

#include <charconv>

namespace troupe::actors::servers {

using messages::MemberEvent;

namespace {

std::string tag(const messages::Member& member, const char* name) {
  const auto found = member.tags().find(name);
  return found == member.tags().end() ? std::string() : found->second;
}

std::optional<int> number(const std::string& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::string host_port(const std::string& address, std::uint16_t port) {
  const bool is_v6 = address.find(':') != std::string::npos;
  return (is_v6 ? "[" + address + "]:" : address + ":") + std::to_string(port);
}

}  // namespace

messages::RaftServer server_member::as_raft_server() const {
  messages::RaftServer server;
  server.set_id(id);
  server.set_node(node);
  server.set_address(host_port(address, port));
  server.set_non_voter(non_voter);
  return server;
}

std::optional<server_member> read_server(const messages::Member& member,
                                         const std::string& datacenter) {
  const auto port = number(tag(member, "port"));
  const bool is_ours = tag(member, "role") == "consul" && tag(member, "dc") == datacenter;
  if (!is_ours || tag(member, "id").empty() || !port || *port < 1 || *port > 65535)
    return std::nullopt;
  server_member server;
  server.id = tag(member, "id");
  server.node = member.name();
  server.address = member.addr();
  server.port = static_cast<std::uint16_t>(*port);
  server.expect = number(tag(member, "expect")).value_or(0);
  server.bootstrap = tag(member, "bootstrap") == "1";
  server.non_voter = tag(member, "read_replica") == "1" || tag(member, "nonvoter") == "1";
  return server;
}

bool server_list::take(const MemberEvent& event) {
  bool changed = false;
  for (const auto& member : event.members()) {
    auto server = read_server(member, datacenter_);
    if (!server)
      continue;
    changed = true;
    const bool is_leaving =
        event.kind() == MemberEvent::LEFT || event.kind() == MemberEvent::REAPED;
    if (is_leaving) {
      servers_.erase(server->id);
      gone_.insert_or_assign(server->id, *server);
      continue;
    }
    server->is_alive = event.kind() != MemberEvent::FAILED;
    // A node that was wiped comes back with another id.
    std::erase_if(servers_, [&](const auto& one) {
      if (one.second.node != server->node || one.first == server->id)
        return false;
      gone_.insert_or_assign(one.first, one.second);
      return true;
    });
    gone_.erase(server->id);
    servers_.insert_or_assign(server->id, *server);
  }
  return changed;
}

messages::KnownServers server_list::known(const std::string& source) const {
  messages::KnownServers all;
  all.set_source(source);
  for (const auto& [id, server] : servers_) {
    auto& one = *all.add_servers();
    one.set_id(id);
    one.set_node(server.node);
    one.set_datacenter(datacenter_);
    one.set_address(server.address);
    one.set_port(server.port);
  }
  return all;
}

}  // namespace troupe::actors::servers
