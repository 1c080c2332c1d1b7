#include "actors/gossip/packet_messages.hpp"

namespace troupe::actors::gossip {

namespace {

std::optional<wire::versions> versions_of(const swim::member_identity& identity) {
  if (!identity.says_versions)
    return std::nullopt;
  const auto& protocol = identity.protocol;
  const auto& delegate = identity.delegate;
  return wire::versions{protocol.min, protocol.max, protocol.current,
                        delegate.min, delegate.max, delegate.current};
}

wire::node_state to_wire(swim::member_state state) {
  switch (state) {
    case swim::member_state::suspect:
      return wire::node_state::suspect;
    case swim::member_state::dead:
      return wire::node_state::dead;
    case swim::member_state::left:
      return wire::node_state::left;
    case swim::member_state::unknown:
    case swim::member_state::alive:
      break;
  }
  return wire::node_state::alive;
}

}  // namespace

void add_primary(const swim::primary_message& message, const packet_sender& sender,
                 const swim::member_directory& directory, wire::packet_writer& to) {
  const auto name_of = [&](swim::member_number member) -> std::string_view {
    return member == swim::no_member ? std::string_view{} : directory.name(member);
  };
  if (const auto* ping = std::get_if<swim::ping>(&message))
    to.add(
        wire::ping{ping->sequence.value, name_of(ping->target), sender.name, ping->reply_to.where});
  else if (const auto* indirect = std::get_if<swim::indirect_ping>(&message))
    to.add(wire::indirect_ping{indirect->sequence.value, name_of(indirect->target.member),
                               indirect->target.where, indirect->nack_wanted, sender.name,
                               indirect->reply_to.where});
  else if (const auto* ack = std::get_if<swim::ack>(&message))
    to.add(wire::ack{ack->sequence.value,
                     ack->with_payload ? sender.ack_payload : std::string_view{}});
  else if (const auto* nack = std::get_if<swim::nack>(&message))
    to.add(wire::nack{nack->sequence.value});
}

void add_update(const swim::update& update, const swim::member_directory& directory,
                wire::packet_writer& to) {
  const auto& about = directory.name(update.about);
  if (update.kind == swim::update_kind::alive) {
    const auto& identity = directory.identity(update.identity);
    to.add(wire::alive{update.incarnation.value, about, identity.where, identity.meta,
                       versions_of(identity)});
  } else if (update.kind == swim::update_kind::suspect) {
    to.add(wire::suspect{update.incarnation.value, about, directory.name(update.from)});
  } else {
    to.add(wire::dead{update.incarnation.value, about, directory.name(update.from)});
  }
}

wire::push_pull_node push_pull_node(const swim::remote_record& record,
                                    const swim::member_directory& directory) {
  const auto& identity = directory.identity(record.identity);
  return {.name = directory.name(record.about),
          .where = identity.where,
          .meta = identity.meta,
          .incarnation = record.incarnation.value,
          .state = to_wire(record.state),
          .speaks = versions_of(identity)};
}

}  // namespace troupe::actors::gossip
