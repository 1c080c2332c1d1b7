#include "actors/gossip/gossip_member_messages.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace troupe::actors::gossip {

namespace m = messages;

m::Member to_message(const serf::member& member) {
  m::Member made;
  made.set_name(member.name);
  made.set_addr(member.where.address.text());
  made.set_port(member.where.port);
  for (const auto& [name, value] : member.tags)
    (*made.mutable_tags())[name] = value;
  made.set_status(static_cast<int>(member.status));
  made.set_protocol_min(member.protocol.min);
  made.set_protocol_max(member.protocol.max);
  made.set_protocol_cur(member.protocol.current);
  made.set_delegate_min(member.delegate.min);
  made.set_delegate_max(member.delegate.max);
  made.set_delegate_cur(member.delegate.current);
  return made;
}

m::Members to_message(const std::vector<serf::member>& members) {
  m::Members made;
  made.mutable_members()->Reserve(static_cast<int>(members.size()));
  for (const auto& each : members)
    *made.add_members() = to_message(each);
  return made;
}

namespace {

m::MemberEvent::Kind kind_of(serf::member_event_kind kind) {
  switch (kind) {
    case serf::member_event_kind::updated:
      return m::MemberEvent::UPDATED;
    case serf::member_event_kind::failed:
      return m::MemberEvent::FAILED;
    case serf::member_event_kind::left:
      return m::MemberEvent::LEFT;
    case serf::member_event_kind::reaped:
      return m::MemberEvent::REAPED;
    case serf::member_event_kind::joined:
      break;
  }
  return m::MemberEvent::JOINED;
}

}  // namespace

std::vector<m::MemberEvent> to_messages(const std::vector<serf::member_event>& events) {
  std::vector<m::MemberEvent> made;
  for (const auto& event : events) {
    const auto kind = kind_of(event.kind);
    if (made.empty() || made.back().kind() != kind) {
      made.emplace_back();
      made.back().set_kind(kind);
    }
    *made.back().add_members() = to_message(serf::described(*event.about, event.status));
  }
  return made;
}

m::UserEvent to_message(const serf::user_event& event) {
  m::UserEvent made;
  made.set_name(event.name);
  made.set_payload(event.payload);
  made.set_ltime(event.ltime.value);
  made.set_coalesce(event.coalesce);
  return made;
}

m::PoolQuestion to_message(const serf::question& question) {
  m::PoolQuestion made;
  made.set_ticket(question.ticket.value);
  made.set_name(question.name);
  made.set_payload(question.payload);
  made.set_source_node(question.source_node);
  return made;
}

m::KeyringReply to_message(const serf::keyring_reply& reply) {
  m::KeyringReply made;
  made.mutable_messages()->insert(reply.texts.begin(), reply.texts.end());
  made.mutable_keys()->insert(reply.keys.begin(), reply.keys.end());
  made.mutable_primary_keys()->insert(reply.primary_keys.begin(), reply.primary_keys.end());
  made.set_num_nodes(reply.nodes);
  made.set_num_responses(reply.responses);
  made.set_num_errors(reply.errors);
  return made;
}

m::CoordinateEntry to_message(const std::string& name, const serf::coordinate& place) {
  m::CoordinateEntry made;
  made.set_node(name);
  auto& coordinate = *made.mutable_coord();
  coordinate.mutable_vec()->Add(place.vec.begin(), place.vec.end());
  coordinate.set_error(place.error);
  coordinate.set_adjustment(place.adjustment);
  coordinate.set_height(place.height);
  return made;
}

m::PoolStats stats_of(const gossip_pool& pool, bool is_encrypted) {
  const auto stats = pool.serf().stats();
  m::PoolStats made;
  auto& values = *made.mutable_values();
  values["coordinate_resets"] = std::to_string(stats.coordinate_resets);
  values["encrypted"] = is_encrypted ? "true" : "false";
  values["event_queue"] = std::to_string(stats.event_queue);
  values["event_time"] = std::to_string(stats.event_time.value);
  values["failed"] = std::to_string(stats.failed);
  values["health_score"] = std::to_string(pool.swim().health_score());
  values["intent_queue"] = std::to_string(stats.intent_queue);
  values["left"] = std::to_string(stats.left);
  values["member_time"] = std::to_string(stats.member_time.value);
  values["members"] = std::to_string(stats.members);
  values["query_queue"] = std::to_string(stats.query_queue);
  values["query_time"] = std::to_string(stats.query_time.value);
  return made;
}

serf::query_request from_message(const m::PoolQuery& query) {
  serf::query_request made;
  made.name = query.name();
  made.payload = query.payload();
  made.filter.nodes.assign(query.nodes().begin(), query.nodes().end());
  made.filter.tag_regexps.insert(query.tag_filters().begin(), query.tag_filters().end());
  made.want_acks = query.want_acks();
  // Too large ones are refused by their number, not cut to one that is allowed.
  made.relay_factor = static_cast<std::uint8_t>(
      std::min<std::uint32_t>(query.relay_factor(), std::numeric_limits<std::uint8_t>::max()));
  made.timeout = std::chrono::nanoseconds{query.timeout_ns()};
  return made;
}

m::result<serf::keyring_request> from_message(const m::KeyringRequest& request) {
  serf::keyring_request made;
  switch (request.operation()) {
    case m::KeyringRequest::INSTALL:
      made.operation = serf::keyring_operation::install;
      break;
    case m::KeyringRequest::USE:
      made.operation = serf::keyring_operation::use;
      break;
    case m::KeyringRequest::REMOVE:
      made.operation = serf::keyring_operation::remove;
      break;
    default:
      break;
  }
  made.relay_factor = static_cast<std::uint8_t>(
      std::min<std::uint32_t>(request.relay_factor(), std::numeric_limits<std::uint8_t>::max()));
  if (made.operation == serf::keyring_operation::list)
    return made;
  auto key = parse_key(request.key());
  if (!key)
    return key.error();
  made.key = std::move(*key);
  return made;
}

}  // namespace troupe::actors::gossip
