// Packets and streams on their way through a gossip_world.
#include <algorithm>
#include <utility>

#include "actors/gossip/swim/encoded_size.hpp"
#include "bench/gossip_scale/gossip_world.hpp"
#include "bench/gossip_scale/gossip_world_parts.hpp"
#include "bench/gossip_scale/wire_scale.hpp"

namespace troupe::gossip_scale {

namespace {

constexpr auto stream_timeout = std::chrono::seconds{10};  // memberlist's TCPTimeout

std::size_t ping_bytes_of(const swim::member_directory& directory, member_number from,
                          member_number to, swim::sequence_number sequence) {
  constexpr std::size_t address_bytes = 4;
  constexpr std::uint16_t port = 7946;
  return swim::ping_bytes({directory.name_bytes(to), directory.name_bytes(from), address_bytes},
                          sequence.value, port);
}

}  // namespace

// -- packets -----------------------------------------------------------------------

void gossip_world::send_packets(member_number number) {
  auto& sender = members_[number.value];
  for (const auto& each : output_.packets) {
    if (each.is_gossip() && each.update_count == 0)
      continue;
    if (each.to.member != number) {  // else it stays in the node
      ++traffic_.packets_sent;
      // What of the budget was used. A message alone goes without a compound's header.
      const auto bytes = options_.settings.packet_bytes_max - each.room;
      traffic_.packet_bytes_sent += bytes;
      if (scale_)
        scale_->put_packet(number, each,
                           std::span{output_.updates}.subspan(each.first_update, each.update_count),
                           bytes);
    }
    if (free_flights_.empty()) {
      free_flights_.push_back(static_cast<std::uint32_t>(flights_.size()));
      flights_.emplace_back();
    }
    const auto slot = free_flights_.back();
    free_flights_.pop_back();
    auto& made = flights_[slot];
    made.from = number;
    made.to = each.to.member;
    made.primary = each.primary;
    const auto first = output_.updates.begin() + each.first_update;
    made.updates.assign(first, first + each.update_count);
    if (!sender.is_still) {
      launch(slot);
      continue;
    }
    sender.outgoing.push_back(slot);
    if (sender.kind == standstill::blocked_io &&
        (std::holds_alternative<swim::ping>(each.primary) ||
         std::holds_alternative<swim::indirect_ping>(each.primary)))
      sender.core->hold_probe(true);
  }
}

void gossip_world::launch(std::uint32_t slot) {
  const auto& leaving = flights_[slot];
  const auto takes = leaving.to == swim::no_member
                         ? std::nullopt
                         : network_.datagram(leaving.from, leaving.to, network_random_);
  if (takes)
    events_.push((elapsed() + *takes).count(), event_kinds::packet, slot);
  else
    free_flights_.push_back(slot);
}

void gossip_world::arrive(const event& next) {
  const auto receiver = next.kind == event_kinds::packet ? flights_[next.subject].to
                                                         : streams_[next.subject].receiver();
  auto& target = members_[receiver.value];
  if (!target.core)
    return drop_arrival(next);
  if (!target.is_still && target.incoming.empty() && target.busy_until <= now_)
    return handle(next);
  target.incoming.push_back(next);
  if (!target.is_still)
    serve_later(receiver);
}

// What waited is taken in order, one packet a handling time.
void gossip_world::serve(member_number number) {
  auto& freed = members_[number.value];
  freed.is_serving = false;
  while (freed.core && !freed.is_still && !freed.incoming.empty() && freed.busy_until <= now_) {
    const auto next = freed.incoming.front();
    freed.incoming.pop_front();
    handle(next);
  }
  if (freed.core && !freed.is_still && !freed.incoming.empty())
    serve_later(number);
}

void gossip_world::serve_later(member_number number) {
  auto& waiting = members_[number.value];
  if (waiting.is_serving)
    return;
  waiting.is_serving = true;
  events_.push(std::max(waiting.busy_until, now_).time_since_epoch().count(), event_kinds::serve,
               number.value);
}

void gossip_world::handle(const event& next) {
  if (next.kind == event_kinds::packet) {
    auto& busy = members_[flights_[next.subject].to.value];
    busy.busy_until = now_ + std::max(busy.handling_time, options_.handling_time);
  }
  if (next.kind == event_kinds::packet)
    deliver_packet(next.subject);
  else
    deliver_stream(next.subject);
}

void gossip_world::drop_arrival(const event& lost) {
  if (lost.kind == event_kinds::packet)
    free_flights_.push_back(lost.subject);
  else
    end_stream(lost.subject);
}

void gossip_world::deliver_packet(std::uint32_t slot) {
  const auto& arrived = flights_[slot];
  const auto receiver = arrived.to;
  auto& core = *members_[receiver.value].core;
  ++traffic_.packets_delivered;
  const bool has_primary = !std::holds_alternative<std::monostate>(arrived.primary);
  traffic_.messages_delivered += arrived.updates.size() + (has_primary ? 1 : 0);
  mix(static_cast<std::uint64_t>(now_.time_since_epoch().count()) ^
      (std::uint64_t{arrived.from.value} << 44 | std::uint64_t{receiver.value} << 24));
  deliver_primary(core, arrived.primary);
  for (const auto& each : arrived.updates)
    if (!filter_ || filter_(each))
      core.on_update(each, now_);
  free_flights_.push_back(slot);
  carry_out(receiver);
}

void gossip_world::deliver_primary(swim::swim_core& core, const swim::primary_message& primary) {
  if (const auto* ping = std::get_if<swim::ping>(&primary))
    core.on_ping(*ping);
  else if (const auto* ack = std::get_if<swim::ack>(&primary))
    core.on_ack(ack->sequence, now_);
  else if (const auto* asked = std::get_if<swim::indirect_ping>(&primary))
    core.on_indirect_ping(*asked, now_);
  else if (const auto* nack = std::get_if<swim::nack>(&primary))
    core.on_nack(nack->sequence);
}

// -- streams ---------------------------------------------------------------------------

void gossip_world::begin_stream(stream_journey journey) {
  if (free_streams_.empty()) {
    free_streams_.push_back(static_cast<std::uint32_t>(streams_.size()));
    streams_.emplace_back();
  }
  const auto slot = free_streams_.back();
  free_streams_.pop_back();
  auto& opener = members_[journey.from.value];
  journey.from_life = opener.life;
  streams_[slot] = std::move(journey);
  if (opener.is_still)
    opener.outgoing_streams.push_back(slot);
  else
    open_stream(slot);
}

void gossip_world::open_stream(std::uint32_t slot) {
  ++traffic_.streams;
  auto& opened = streams_[slot];
  opened.deadline = std::min(opened.deadline, now_ + stream_timeout);
  if (opened.kind == stream_kind::push_pull)
    snapshot(opened.from, opened.records);
  else if (scale_)
    scale_->put_plain(ping_bytes_of(directory_, opened.from, opened.to, opened.sequence));
  send_stream(slot, true);
}

void gossip_world::send_stream(std::uint32_t slot, bool is_new) {
  const auto& under_way = streams_[slot];
  const auto sender = under_way.is_answer ? under_way.to : under_way.from;
  const auto takes = network_.stream(sender, under_way.receiver(), is_new, network_random_);
  if (takes && now_ + *takes < under_way.deadline)
    events_.push((elapsed() + *takes).count(), event_kinds::stream, slot);
  else
    end_stream(slot);
}

void gossip_world::end_stream(std::uint32_t slot) {
  std::vector<swim::remote_record>{}.swap(streams_[slot].records);
  free_streams_.push_back(slot);
}

void gossip_world::deliver_stream(std::uint32_t slot) {
  auto& arrived = streams_[slot];
  const auto receiver = arrived.receiver();
  auto& core = *members_[receiver.value].core;
  const bool is_late =
      now_ >= arrived.deadline || members_[arrived.from.value].life != arrived.from_life;
  if (is_late)
    return end_stream(slot);
  if (!arrived.is_answer) {
    arrived.is_answer = true;
    if (arrived.kind == stream_kind::push_pull)
      return on_push_pull(slot);
    if (scale_)
      scale_->put_plain(swim::ack_bytes(arrived.sequence.value, 0));
    return send_stream(slot, false);
  }
  if (arrived.kind == stream_kind::ping) {
    core.on_stream_ping_answered(arrived.sequence);
  } else {
    traffic_.merged_records += arrived.records.size();
    (void)core.merge(arrived.records, now_);
  }
  end_stream(slot);
  carry_out(receiver);
}

void gossip_world::on_push_pull(std::uint32_t slot) {
  const auto server = streams_[slot].to;
  const auto received = std::exchange(streams_[slot].records, {});
  traffic_.merged_records += received.size();
  auto& answering = members_[server.value];
  const auto learned = answering.core->merge(received, now_);
  if (learned && answering.core->holds_answer(*learned, now_))
    answering.held_answers.push_back(slot);
  else
    answer_push_pull(slot);
  carry_out(server);
}

void gossip_world::answer_push_pull(std::uint32_t slot) {
  snapshot(streams_[slot].to, streams_[slot].records);
  send_stream(slot, false);
}

void gossip_world::answer_held(member_number server) {
  for (const auto held : std::exchange(members_[server.value].held_answers, {}))
    answer_push_pull(held);
}

void gossip_world::snapshot(member_number of, std::vector<swim::remote_record>& into) {
  const auto& core = *members_[of.value].core;
  std::uint64_t bytes = 0;
  into.clear();
  into.reserve(core.counts().known());
  core.for_each_member([&](member_number about, const swim::member_record& record) {
    into.push_back({about, record.state(), record.incarnation(), record.identity()});
    bytes += swim::push_pull_record_bytes(directory_.alive_bytes(record.identity())) +
             swim::uint_bytes(record.incarnation().value);
  });
  traffic_.stream_bytes += bytes;
  if (scale_)
    scale_->put_push_pull(into, bytes);
}

}  // namespace troupe::gossip_scale
