// Datagrams to the cores.
#include <utility>

#include "actors/gossip/gossip_pool.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip {

namespace limits = messages::limits;

namespace {

constexpr swim::version_range protocol_of(const wire::versions& speaks) {
  return {speaks.protocol_min, speaks.protocol_max, speaks.protocol_current};
}
constexpr swim::version_range delegate_of(const wire::versions& speaks) {
  return {speaks.delegate_min, speaks.delegate_max, speaks.delegate_current};
}

// Of an empty queue that was long for once.
template <class T>
void drop_room(std::vector<T>& of) {
  constexpr std::size_t kept = 32;
  if (of.capacity() > kept)
    std::vector<T>{}.swap(of);
}

}  // namespace

void gossip_pool::on_datagram(std::string_view bytes, const endpoint& from, swim::time_point now) {
  ++counters_.datagrams;
  const auto packet = reader_.read(bytes);
  counters_.dropped_messages += packet.dropped;
  if (packet.why != wire::frame_error::none) {
    ++counters_.refused_datagrams;
    return;
  }
  for (const auto& message : packet.messages)
    take(message, from, now);
}

void gossip_pool::take(const wire::packet_message& message, const endpoint& from,
                       swim::time_point now) {
  if (const auto* ping = std::get_if<wire::ping>(&message))
    take_ping(*ping, from);
  else if (const auto* indirect = std::get_if<wire::indirect_ping>(&message))
    take_indirect_ping(*indirect, from, now);
  else if (const auto* ack = std::get_if<wire::ack>(&message))
    take_ack(*ack, now);
  else if (const auto* nack = std::get_if<wire::nack>(&message))
    swim_.on_nack({nack->sequence_number});
  else
    hand_off(message);
}

void gossip_pool::take_ping(const wire::ping& message, const endpoint& from) {
  swim::ping ping;
  ping.sequence = {message.sequence_number};
  if (!message.node.empty()) {
    ping.target = directory_.find(message.node);
    if (ping.target == swim::no_member)
      return;  // for somebody else
  }
  const bool says_source = !message.source.address.is_none() && message.source.port != 0;
  ping.reply_to = {directory_.find(message.source_node), says_source ? message.source : from};
  swim_.on_ping(ping);
}

void gossip_pool::take_indirect_ping(const wire::indirect_ping& message, const endpoint& from,
                                     swim::time_point now) {
  const auto target = directory_.intern(message.node);
  if (!target || message.target.address.is_none())
    return;
  const bool says_source = !message.source.address.is_none() && message.source.port != 0;
  swim::indirect_ping asked;
  asked.sequence = {message.sequence_number};
  asked.target = {*target, with_own_port(message.target)};
  asked.reply_to = {directory_.find(message.source_node), says_source ? message.source : from};
  asked.nack_wanted = message.wants_nack;
  swim_.on_indirect_ping(asked, now);
}

void gossip_pool::take_ack(const wire::ack& message, swim::time_point now) {
  const auto timely = swim_.on_ack({message.sequence_number}, now);
  if (!timely)
    return;
  serf_.on_ack(directory_.name(timely->from), message.payload, timely->round_trip);
  swim_.set_ack_payload_bytes(serf_.ack_payload().size());
}

// Names become numbers at once: they are good until the next take_output().
void gossip_pool::hand_off(const wire::packet_message& message) {
  const auto keep = [this](auto& queue, auto&& what) {
    if (queue.size() < limits::gossip_handoff_max)
      queue.push_back(std::forward<decltype(what)>(what));
    else
      ++counters_.handoffs_shed;
  };
  if (const auto* alive = std::get_if<wire::alive>(&message)) {
    if (const auto update = to_update(*alive))
      keep(waiting_alive_, *update);
  } else if (const auto* suspect = std::get_if<wire::suspect>(&message)) {
    if (const auto update = to_accusation(swim::update_kind::suspect, suspect->node, suspect->from,
                                          suspect->incarnation))
      keep(waiting_rest_, *update);
  } else if (const auto* dead = std::get_if<wire::dead>(&message)) {
    if (const auto update =
            to_accusation(swim::update_kind::dead, dead->node, dead->from, dead->incarnation))
      keep(waiting_rest_, *update);
  } else if (const auto* user = std::get_if<wire::user>(&message)) {
    keep(waiting_rest_, std::string{user->payload});
  }
}

// Alive ones first, and the newest first: it may make the older ones needless.
void gossip_pool::handle_waiting(swim::time_point now) {
  while (!waiting_alive_.empty()) {
    const auto update = waiting_alive_.back();
    waiting_alive_.pop_back();
    swim_.on_update(update, now);
  }
  drop_room(waiting_alive_);
  handle_rest(now);
  drop_room(waiting_rest_);
}

void gossip_pool::handle_rest(swim::time_point now) {
  while (!waiting_rest_.empty()) {
    const auto newest = std::move(waiting_rest_.back());
    waiting_rest_.pop_back();
    if (const auto* update = std::get_if<swim::update>(&newest)) {
      swim_.on_update(*update, now);
      continue;
    }
    // serf_core must know the members that swim_core has just taken.
    carry_swim(now);
    serf_.on_user_message(*std::get_if<std::string>(&newest), now);
  }
}

std::optional<swim::update> gossip_pool::to_update(const wire::alive& message) {
  if (message.meta.size() > limits::pool_tags_bytes_max || message.where.address.is_none())
    return {};
  const auto about = directory_.intern(message.node);
  if (!about)
    return {};
  swim::member_identity identity;
  identity.where = with_own_port(message.where);
  identity.meta = message.meta;
  identity.says_versions = message.speaks.has_value();
  if (message.speaks) {
    identity.protocol = protocol_of(*message.speaks);
    identity.delegate = delegate_of(*message.speaks);
  }
  return swim::update{.kind = swim::update_kind::alive,
                      .about = *about,
                      .incarnation = {message.incarnation},
                      .identity = directory_.intern_identity(*about, identity)};
}

std::optional<swim::update> gossip_pool::to_accusation(swim::update_kind kind,
                                                       std::string_view about,
                                                       std::string_view from,
                                                       std::uint32_t incarnation) {
  const auto accused = directory_.find(about);
  if (accused == swim::no_member)
    return {};
  const auto accuser = directory_.intern(from);
  if (!accuser)
    return {};
  return swim::update{
      .kind = kind, .about = accused, .incarnation = {incarnation}, .from = *accuser};
}

endpoint gossip_pool::with_own_port(endpoint where) const {
  if (where.port == 0)
    where.port = settings_.advertise.port;
  return where;
}

bool gossip_pool::is_welcome(swim::member_number member, swim::identity_number identity) {
  auto why = filter_.refuse({directory_.name(member), directory_.identity(identity).meta, false});
  if (!why)
    return true;
  ++counters_.refused_members;
  warn(std::move(*why));
  return false;
}

void gossip_pool::on_ping_not_sent(swim::sequence_number ping, bool is_of_target,
                                   swim::time_point now) {
  swim_.on_ping_not_sent(ping, is_of_target, now);
}

}  // namespace troupe::actors::gossip
