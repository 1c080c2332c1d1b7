// Streams: whole views exchanged, pings and user messages that come by stream.
#include <utility>

#include <fmt/format.h>

#include "actors/gossip/gossip_pool.hpp"
#include "actors/gossip/packet_messages.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip {

namespace limits = messages::limits;
using messages::errc;
using messages::failure;
using messages::result;

namespace {

swim::member_state from_wire(wire::node_state state) {
  switch (state) {
    case wire::node_state::suspect:
      return swim::member_state::suspect;
    case wire::node_state::dead:
      return swim::member_state::dead;
    case wire::node_state::left:
      return swim::member_state::left;
    case wire::node_state::alive:
      break;
  }
  return swim::member_state::alive;
}

// What the other side can do something about; to all else the answer is silence.
bool is_told(wire::frame_error why) {
  return why == wire::frame_error::undecryptable || why == wire::frame_error::unencrypted ||
         why == wire::frame_error::unexpected_encryption;
}

}  // namespace

std::string gossip_pool::framed(wire::stream_side side, std::string_view message) {
  auto bytes = wire::encode_stream(settings_.frames, ring_, side, message);
  if (bytes)
    return std::move(*bytes);
  warn(fmt::format("a stream of {} bytes is not sent: {}", message.size(), bytes.error().detail));
  return {};
}

std::optional<exchange_number> gossip_pool::ask(const endpoint& to, const exchange_kind& kind,
                                                std::string_view message,
                                                swim::time_point deadline) {
  if (exchanges_.size() >= limits::gossip_exchanges_max || to.address.is_none())
    return {};
  const exchange_number number{++last_exchange_};
  exchanges_.emplace(number, kind);
  output_.exchanges.push_back({number, to, framed(wire::stream_side::dialler, message), deadline});
  return number;
}

// -- answering ---------------------------------------------------------------------------

gossip_pool::reply gossip_pool::on_request(const wire::stream_reader& request,
                                           swim::time_point now) {
  ++counters_.requests;
  if (request.why() != wire::frame_error::none) {
    ++counters_.refused_requests;
    if (!is_told(request.why()))
      return {};
    std::string message;
    wire::encode(wire::error{wire::to_text(request.why())}, message);
    return {framed(wire::stream_side::answerer, message)};
  }
  switch (request.type()) {
    case wire::message_type::push_pull:
      return answer_push_pull(request.body(), now);
    case wire::message_type::ping:
      return answer_ping(request.body());
    case wire::message_type::user:
      if (const auto message = wire::decode_user_stream(request.body()))
        serf_.on_user_message(message->payload, now);
      return {};
    default:
      ++counters_.refused_requests;
      return {};
  }
}

gossip_pool::reply gossip_pool::answer_ping(std::string_view body) {
  const auto ping = wire::decode_ping(body);
  if (!ping || (!ping->node.empty() && ping->node != name()))
    return {};
  std::string message;
  wire::encode(wire::ack{ping->sequence_number, {}}, message);
  return {framed(wire::stream_side::answerer, message)};
}

// Whether or not something of the asker's was taken, the answer is the whole view.
gossip_pool::reply gossip_pool::answer_push_pull(std::string_view body, swim::time_point now) {
  const auto header = wire::push_pull_reader::open(body);
  if (!header) {
    ++counters_.refused_requests;
    return {};
  }
  if (const auto learned = take_push_pull(body, {.is_join = header->is_join()}, now); !learned) {
    ++counters_.refused_requests;
    warn(learned.error().detail);
  } else if (swim_.holds_answer(*learned, now)) {
    return {.waits = true};
  }
  return {framed(wire::stream_side::answerer, own_push_pull(header->is_join()))};
}

// -- asking ------------------------------------------------------------------------------

result<void> gossip_pool::on_answer(exchange_number number, const wire::stream_reader& answer,
                                    swim::time_point now) {
  const auto found = exchanges_.find(number);
  if (found == exchanges_.end())
    return failure{errc::not_found, "nobody asked for this answer"};
  const auto kind = found->second;
  exchanges_.erase(found);
  if (answer.type() == wire::message_type::error) {
    const auto told = wire::decode_error(answer.body());
    return failure{errc::failed,
                   told ? fmt::format("remote error: {}", told->text) : "remote error"};
  }
  if (const auto* ping = std::get_if<stream_ping_exchange>(&kind)) {
    const auto ack = wire::decode_ack(answer.body());
    if (answer.type() != wire::message_type::ack || !ack ||
        ack->sequence_number != ping->sequence.value)
      return failure{errc::failed, "an answer to another ping"};
    if (now <= ping->deadline)
      swim_.on_stream_ping_answered(ping->sequence);
    return {};
  }
  if (answer.type() != wire::message_type::push_pull)
    return failure{errc::failed, "an answer to no push/pull"};
  const auto& asked = *std::get_if<push_pull_exchange>(&kind);
  if (auto taken = take_push_pull(answer.body(), asked, now); !taken)
    return taken.error();
  return {};
}

void gossip_pool::on_no_answer(exchange_number number) {
  exchanges_.erase(number);
}

// -- whole views -----------------------------------------------------------------------------

std::string gossip_pool::own_push_pull(bool is_join) const {
  const auto user_state = serf_.push_pull_state();
  wire::push_pull_writer writer(
      {.join = is_join, .nodes = swim_.counts().known(), .user_state_bytes = user_state.size()});
  swim_.for_each_member([&](swim::member_number member, const swim::member_record& record) {
    writer.add(push_pull_node({member, record.state(), record.incarnation(), record.identity()},
                              directory_));
  });
  return std::move(writer).finish(user_state);
}

// Returns how many members were new.
result<std::uint32_t> gossip_pool::take_push_pull(std::string_view body, push_pull_exchange kind,
                                                  swim::time_point now) {
  auto reader = wire::push_pull_reader::open(body);
  std::vector<swim::remote_record> records;
  std::vector<serf::member_filter::candidate> candidates;
  while (reader) {
    const auto node = reader->next();
    if (!node)
      break;
    const auto update =
        to_update({node->incarnation, node->name, node->where, node->meta, node->speaks});
    if (!update)
      continue;
    records.push_back(
        {update->about, from_wire(node->state), update->incarnation, update->identity});
    candidates.push_back({node->name, node->meta, node->state == wire::node_state::left});
  }
  if (!reader || reader->failed())
    return failure{errc::bad_request, "a push/pull does not decode"};
  if (kind.is_join) {
    if (auto why = filter_.refuse(candidates)) {
      ++counters_.refused_members;
      return failure{errc::forbidden, std::move(*why)};
    }
  }
  auto learned = swim_.merge(records, now);
  if (!learned)
    return learned;
  // The serf layer's state speaks of members that swim_core has just taken.
  carry_swim(now);
  serf_.on_push_pull_state(reader->user_state(), {kind.is_join, kind.ignore_old_events}, now);
  return learned;
}

}  // namespace troupe::actors::gossip
