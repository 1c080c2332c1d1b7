#include "actors/gossip/serf/key_operations.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "actors/gossip/wire/serf_messages.hpp"
#include "messages/json_scanner.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::serf {

namespace {

using namespace messages;

constexpr std::array<std::pair<keyring_operation, std::string_view>, 4> query_names = {{
    {keyring_operation::list, "_serf_list-keys"},
    {keyring_operation::install, "_serf_install-key"},
    {keyring_operation::use, "_serf_use-key"},
    {keyring_operation::remove, "_serf_remove-key"},
}};

key_answer list_keys(const keyring* ring) {
  key_answer answer;
  if (ring == nullptr || ring->empty()) {
    answer.text = "Keyring is empty (encryption not enabled)";
    return answer;
  }
  for (const std::string& key : ring->keys())
    answer.keys.push_back(print_key(key));
  answer.primary_key = answer.keys.front();
  answer.is_done = true;
  return answer;
}

}  // namespace

std::string_view query_name(keyring_operation operation) {
  for (const auto& [each, name] : query_names) {
    if (each == operation)
      return name;
  }
  return {};
}

std::optional<keyring_operation> keyring_operation_of(std::string_view query_name) {
  for (const auto& [operation, name] : query_names) {
    if (name == query_name)
      return operation;
  }
  return std::nullopt;
}

key_answer carry_out(keyring_operation operation, std::string_view key, keyring* ring) {
  if (operation == keyring_operation::list)
    return list_keys(ring);
  if (ring == nullptr || ring->empty())
    return {false, "No keyring to modify (encryption not enabled)", {}, {}};
  result<void> done;
  if (operation == keyring_operation::install)
    done = ring->install(key);
  else if (operation == keyring_operation::use)
    done = ring->use(key);
  else
    done = ring->remove(key);
  return done ? key_answer{true, {}, {}, {}} : key_answer{false, done.error().detail, {}, {}};
}

std::string encode_key_request(std::string_view key) {
  return wire::encode(wire::key_request{key});
}

std::optional<std::string> decode_key_request(std::string_view payload) {
  const auto message = wire::split_serf_message(payload);
  if (!message || message->type != static_cast<std::uint8_t>(wire::serf_type::key_request))
    return std::nullopt;
  const auto request = wire::decode_key_request(message->body);
  return request ? std::optional{std::string{request->key}} : std::nullopt;
}

std::string encode_key_answer(const key_answer& answer) {
  return wire::encode(wire::key_response{
      answer.is_done, answer.text, {answer.keys.begin(), answer.keys.end()}, answer.primary_key});
}

void count_answer(std::string_view from, std::string_view payload, keyring_reply& into) {
  ++into.responses;
  const auto message = wire::split_serf_message(payload);
  const bool is_answer =
      message && message->type == static_cast<std::uint8_t>(wire::serf_type::key_response);
  const auto answer = is_answer ? wire::decode_key_response(message->body) : std::nullopt;
  if (!answer) {
    ++into.errors;
    into.texts.emplace(from, is_answer ? "Failed to decode key query response"
                                       : "Invalid key query response type");
    return;
  }
  if (!answer->result)
    ++into.errors;
  if (!answer->result || !answer->message.empty())
    into.texts.emplace(from, answer->message);
  for (const std::string_view key : answer->keys)
    ++into.keys[std::string{key}];
  if (!answer->primary_key.empty())
    ++into.primary_keys[std::string{answer->primary_key}];
}

void conclude(keyring_reply& reply) {
  if (reply.errors != 0)
    reply.failure = fmt::format("{}/{} nodes reported failure", reply.errors, reply.nodes);
  else if (reply.responses != reply.nodes)
    reply.failure = fmt::format("{}/{} nodes reported success", reply.responses, reply.nodes);
}

std::string print_key_file(const keyring& ring) {
  std::string text = "[";
  for (const std::string& key : ring.keys())
    text += fmt::format("{}\n  \"{}\"", text.size() > 1 ? "," : "", print_key(key));
  return text + "\n]";
}

result<std::vector<std::string>> parse_key_file(std::string_view text) {
  const failure no_list{errc::bad_request, "a key file is a JSON array of base64 keys"};
  const auto value = json::scan_value(text);
  if (!value || !value->starts_with('['))
    return no_list;
  std::vector<std::string> keys;
  std::string_view rest = value->substr(1);
  std::string encoded;
  while (true) {
    while (!rest.empty() && (json::is_blank(rest.front()) || rest.front() == ','))
      rest.remove_prefix(1);
    if (rest.starts_with(']'))
      return keys;
    if (!rest.starts_with('"') || keys.size() >= limits::keyring_keys_max)
      return no_list;
    const std::size_t bytes = json::value_bytes(rest);
    json::unquote(rest.substr(0, bytes), encoded);
    rest.remove_prefix(bytes);
    auto key = parse_key(encoded);
    if (!key)
      return std::move(key).error();
    keys.push_back(*std::move(key));
  }
}

}  // namespace troupe::actors::gossip::serf
