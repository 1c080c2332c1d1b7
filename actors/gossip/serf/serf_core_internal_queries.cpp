#include <utility>

#include <fmt/format.h>

#include "actors/gossip/serf/serf_core.hpp"
#include "actors/gossip/serf/serf_core_state.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::serf {

namespace {

using namespace messages;

wire::versions versions_of(const swim_member& about) {
  return {about.protocol.min, about.protocol.max, about.protocol.current,
          about.delegate.min, about.delegate.max, about.delegate.current};
}

}  // namespace

void serf_core::state::on_internal_query(const wire::query& query, const query_origin& origin) {
  if (query.name == conflict_query)
    on_conflict_query(query.payload, origin);
  else if (const auto operation = keyring_operation_of(query.name))
    on_key_query(*operation, query.payload, origin);
  // `_serf_ping` wants no more than the ack it has; others are from a later serf.
}

// -- who has this name? ---------------------------------------------------------

void serf_core::state::on_conflict_query(std::string_view name, const query_origin& origin) {
  if (name == self.name)
    return;  // no vote on oneself
  wire::conflict_member said;
  member described;  // outlives the views into it
  if (const auto* known = members.find(name)) {
    described = known->described();
    said.name = described.name;
    said.where = described.where;
    said.tags.assign(described.tags.begin(), described.tags.end());
    said.status = static_cast<int>(described.status);
    said.speaks = versions_of(*known->facts);
  }
  if (const auto sent = respond(origin, 0, wire::encode(said)); !sent)
    warn(fmt::format("cannot answer who is '{}': {}", name, sent.error().detail));
}

void serf_core::state::on_vote(std::string_view payload) {
  const auto message = wire::split_serf_message(payload);
  const bool is_answer =
      message && message->type == static_cast<std::uint8_t>(wire::serf_type::conflict_response);
  const auto said = is_answer ? wire::decode_conflict_member(message->body) : std::nullopt;
  if (!said)
    ++counts.undecodable;
  else if (vote)
    vote->second.count(said->where, self.where);
}

void serf_core::state::end_vote() {
  if (!vote)
    return;
  const name_vote result = std::exchange(vote, std::nullopt)->second;
  warn(fmt::format("{} of {} votes on the name '{}' are for this member", result.for_self(),
                   result.answers(), self.name));
  if (!result.is_won())
    output.lost_own_name = true;
}

// -- the keyring: being asked ------------------------------------------------------

void serf_core::state::on_key_query(keyring_operation operation, std::string_view payload,
                                    const query_origin& origin) {
  if (operation == keyring_operation::list) {
    answer_key_query(carry_out(operation, {}, ring), origin);
    return;
  }
  const auto key = decode_key_request(payload);
  if (!key) {
    ++counts.undecodable;
    answer_key_query({false, "Failed to decode key request", {}, {}}, origin);
    return;
  }
  key_answer answer = carry_out(operation, *key, ring);
  if (!answer.is_done || !settings.keeps_key_file) {
    answer_key_query(std::move(answer), origin);
    return;
  }
  const key_write_number number{++last_key_write};
  output.key_files.push_back({number, print_key_file(*ring)});
  if (key_writes.size() >= limits::open_questions_max)
    key_writes.erase(key_writes.begin());  // that one's answer is long too late
  key_writes.emplace(number, key_write{origin, std::move(answer)});
}

void serf_core::on_key_file_written(key_write_number number, const std::string& error, time_point) {
  state& s = *state_;
  auto waiting = s.key_writes.extract(number);
  if (waiting.empty())
    return;
  key_answer answer = std::move(waiting.mapped().answer);
  if (!error.empty()) {
    answer.is_done = false;
    answer.text = error;
  }
  s.answer_key_query(std::move(answer), waiting.mapped().origin);
}

void serf_core::state::answer_key_query(key_answer answer, const query_origin& origin) {
  const std::size_t all = answer.keys.size();
  while (true) {
    const auto sent = respond(origin, 0, encode_key_answer(answer));
    if (sent)
      return;
    if (answer.keys.empty()) {
      warn("cannot answer a key request: " + sent.error().detail);
      return;
    }
    answer.keys.pop_back();
    answer.text = fmt::format("truncated key list response, showing first {} of {} keys",
                              answer.keys.size(), all);
  }
}

// -- the keyring: asking -------------------------------------------------------------

result<keyring_ticket> serf_core::ask_keyring(const keyring_request& request, time_point now) {
  state& s = *state_;
  const std::size_t bytes = request.key.size();
  const bool is_list = request.operation == keyring_operation::list;
  if (is_list ? bytes != 0 : bytes != 16 && bytes != 24 && bytes != 32)
    return failure{errc::bad_request, "key size must be 16, 24 or 32 bytes"};
  query_request query;
  query.name = query_name(request.operation);
  query.payload = encode_key_request(request.key);
  query.relay_factor = request.relay_factor;
  // Own answer comes before ask() returns: the reply has to be there.
  const query_ticket ticket{s.last_query_ticket + 1};
  keyring_reply& reply = s.keyring_replies[ticket];
  reply.ticket = {ticket.value};
  reply.nodes = static_cast<int>(s.members.alive_count());
  const auto asked = s.ask(query, query_purpose::keyring, now);
  if (!asked) {
    s.keyring_replies.erase(ticket);
    return asked.error();
  }
  return keyring_ticket{ticket.value};
}

void serf_core::state::on_key_answer(const own_query& query, std::string_view from,
                                     std::string_view payload) {
  const auto waiting = keyring_replies.find(query.ticket);
  if (waiting == keyring_replies.end())
    return;
  count_answer(from, payload, waiting->second);
  if (!is_complete(waiting->second))
    return;
  asked.finish(query.ticket);
  end_keyring_query(query.ticket);
}

void serf_core::state::end_keyring_query(query_ticket ticket) {
  auto over = keyring_replies.extract(ticket);
  if (over.empty())
    return;
  conclude(over.mapped());
  output.keyring_replies.push_back(std::move(over.mapped()));
}

}  // namespace troupe::actors::gossip::serf
