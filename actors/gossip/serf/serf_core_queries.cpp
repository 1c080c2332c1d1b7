#include <algorithm>

#include <fmt/format.h>

#include "actors/gossip/serf/query_filter.hpp"
#include "actors/gossip/serf/serf_core.hpp"
#include "actors/gossip/serf/serf_core_state.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::serf {

namespace {

using namespace messages;

constexpr std::string_view internal_prefix = "_serf_";
// Since this version of memberlist's protocol a member hands relays on.
constexpr std::uint8_t first_protocol_with_relays = 5;
constexpr std::uint32_t query_id_mask = 0x7fffffff;  // 31 bits, as serf draws them

// Answers of one kind beyond it are made up; the slack is for members not known here yet.
std::size_t answers_max(std::size_t members) {
  return 2 * members + 64;
}

}  // namespace

// -- asking ------------------------------------------------------------------

result<query_ticket> serf_core::ask(const query_request& request, time_point now) {
  return state_->ask(request, query_purpose::application, now);
}

result<query_ticket> serf_core::state::ask(const query_request& request, query_purpose purpose,
                                           time_point now) {
  if (request.relay_factor > limits::query_relay_factor_max || request.timeout < nanoseconds{0})
    return failure{errc::bad_request, "a query's relay factor is 0 to 5, its timeout not negative"};
  auto filters = encode_filters(request.filter);
  if (!filters)
    return std::move(filters).error();
  const nanoseconds wanted =
      request.timeout > nanoseconds{0} ? request.timeout : default_query_timeout();
  const nanoseconds timeout = std::min<nanoseconds>(wanted, limits::query_timeout_max);
  wire::query query;
  query.ltime = queries.clock().now().value;
  query.id = static_cast<std::uint32_t>(random()) & query_id_mask;
  query.source = self.where;
  query.source_node = self.name;
  query.filters.assign(filters->begin(), filters->end());
  query.flags = request.want_acks ? wire::query_flag_ack : 0;
  query.relay_factor = request.relay_factor;
  query.timeout_ns = timeout.count();
  query.name = request.name;
  query.payload = request.payload;
  std::string encoded = wire::encode(query);
  if (encoded.size() > settings.query_bytes_max)
    return failure{errc::too_large,
                   fmt::format("query exceeds limit of {} bytes", settings.query_bytes_max)};
  const query_ticket ticket{last_query_ticket + 1};
  const own_query waiting{ticket, query_id{query.id}, purpose, now + timeout,
                          answers_max(members.all().size())};
  if (!asked.add(lamport_time{query.ltime}, waiting, encoded, now))
    return failure{errc::too_many_requests, "too many queries wait for answers"};
  last_query_ticket = ticket.value;
  on_query(query, now);  // who asks, is asked too
  broadcast(query_queue, encoded);
  return ticket;
}

nanoseconds serf_core::state::default_query_timeout() const {
  const int digits = retransmit_limit(1, std::max<std::size_t>(members.alive_count(), 1));
  return settings.gossip_interval * settings.query_timeout_multiplier * digits;
}

void serf_core::state::on_query_response(const wire::query_response& response) {
  const bool is_ack = (response.flags & wire::response_flag_ack) != 0;
  const lamport_time ltime{response.ltime};
  const query_id id{response.id};
  const std::string from{response.from};
  const auto query =
      is_ack ? asked.take_ack(ltime, id, from) : asked.take_response(ltime, id, from);
  if (!query) {
    ++counts.unknown_responses;
    return;
  }
  if (query->purpose == query_purpose::keyring && !is_ack)
    on_key_answer(*query, response.from, response.payload);
  else if (query->purpose == query_purpose::name_conflict && !is_ack)
    on_vote(response.payload);
  else if (query->purpose == query_purpose::application && is_ack)
    output.acks.push_back({query->ticket, from});
  else if (query->purpose == query_purpose::application)
    output.responses.push_back({query->ticket, from, std::string{response.payload}});
}

void serf_core::state::repeat_queries(time_point now) {
  for (std::string& message : asked.take_repeats(now))
    broadcast(query_queue, message);
}

void serf_core::state::end_queries(time_point now) {
  for (const own_query& over : asked.take_expired(now)) {
    if (over.purpose == query_purpose::keyring)
      end_keyring_query(over.ticket);
    else if (over.purpose == query_purpose::name_conflict)
      end_vote();
    else
      output.finished_queries.push_back(over.ticket);
  }
}

// -- being asked ---------------------------------------------------------------

bool serf_core::state::on_query(const wire::query& query, time_point now) {
  const lamport_time ltime{query.ltime};
  switch (queries.take(ltime, query_id{query.id})) {
    case query_buffer::verdict::fresh:
      break;
    case query_buffer::verdict::known:
      return false;
    case query_buffer::verdict::old:
    case query_buffer::verdict::full:
      ++counts.old_queries;
      return false;
  }
  if (snapshot)
    snapshot->on_query_time(ltime);
  const bool is_told_on = (query.flags & wire::query_flag_no_broadcast) == 0;
  if (!passes(query.filters, self.name, own_tags))
    return is_told_on;
  const nanoseconds timeout = std::clamp<nanoseconds>(nanoseconds{query.timeout_ns}, nanoseconds{0},
                                                      limits::query_timeout_max);
  const query_origin origin{
      ltime,
      query_id{query.id},
      query.source,
      std::string{query.source_node},
      std::min<std::uint8_t>(query.relay_factor, limits::query_relay_factor_max),
      now + timeout};
  if ((query.flags & wire::query_flag_ack) != 0)
    (void)respond(origin, wire::response_flag_ack, {});  // an ack always fits
  if (query.name.starts_with(internal_prefix)) {
    on_internal_query(query, origin);
    return is_told_on;
  }
  output.questions.push_back({questions.add(origin), std::string{query.name},
                              std::string{query.payload}, origin.source_node, ltime, origin.until});
  return is_told_on;
}

result<void> serf_core::answer(question_ticket ticket, std::string_view payload, time_point now) {
  state& s = *state_;
  const auto origin = s.questions.find(ticket);
  if (!origin)
    return failure{errc::not_found, "response already sent"};
  if (now >= origin->until) {
    s.questions.close(ticket);
    return failure{errc::timed_out, "response is past the deadline"};
  }
  auto sent = s.respond(*origin, 0, payload);
  if (sent)
    s.questions.close(ticket);
  return sent;
}

result<void> serf_core::state::respond(const query_origin& origin, std::uint32_t flags,
                                       std::string_view payload) {
  const wire::query_response response{origin.ltime.value, origin.id.value, self.name, flags,
                                      payload};
  std::string encoded = wire::encode(response);
  const std::size_t bytes_max = settings.query_response_bytes_max;
  if (encoded.size() > bytes_max)
    return failure{errc::too_large, fmt::format("response exceeds limit of {} bytes", bytes_max)};
  if (origin.where == self.where && origin.source_node == self.name) {
    on_query_response(response);  // no packet for oneself
    return {};
  }
  std::string relayed;
  if (origin.relay_factor > 0)
    relayed = wire::encode(wire::relay{origin.where, origin.source_node, encoded});
  output.direct.push_back({origin.where, origin.source_node, std::move(encoded)});
  if (origin.relay_factor == 0 ||
      members.all().size() < static_cast<std::size_t>(origin.relay_factor) + 1)
    return {};
  if (relayed.size() > bytes_max) {
    ++counts.relays_refused;
    return {};
  }
  std::vector<const swim_member*> helpers;
  for (const auto& known : members.all()) {
    if (known.status == member_status::alive && known.name() != self.name &&
        known.facts->protocol.max >= first_protocol_with_relays)
      helpers.push_back(known.facts.get());
  }
  std::vector<const swim_member*> drawn;
  std::sample(helpers.begin(), helpers.end(), std::back_inserter(drawn), origin.relay_factor,
              random);
  for (const swim_member* helper : drawn)
    output.direct.push_back({helper->where, helper->name, relayed});
  return {};
}

void serf_core::state::on_relay(const wire::relay& relay) {
  const auto inside = wire::split_serf_message(relay.message);
  // Only answers are relayed; anything else would make this member speak for whoever asks it to.
  if (!inside || inside->type != static_cast<std::uint8_t>(wire::serf_type::query_response) ||
      relay.message.size() > settings.query_response_bytes_max) {
    ++counts.relays_refused;
    return;
  }
  output.direct.push_back({relay.to, std::string{relay.name}, std::string{relay.message}});
}

}  // namespace troupe::actors::gossip::serf
