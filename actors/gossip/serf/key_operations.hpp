// Operations on the pool's keyring: what this member answers to one, what the answers of all add up
// to, and the file the keys are kept in. Pure. Keys are in no text but the file's and the lists
// that were asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/gossip/serf/serf_types.hpp"
#include "actors/gossip/wire/keyring.hpp"

namespace troupe::actors::gossip::serf {

// What a member says to an operation. Keys are base64.
struct key_answer {
  bool is_done = false;
  std::string text;  // why not; or what is left out
  std::vector<std::string> keys;
  std::string primary_key;
};

// Does it to the ring; null: there is none, the pool is not encrypted.
key_answer carry_out(keyring_operation operation, std::string_view key, keyring* ring);

// The payload of a query, and of an answer, with their type byte.
std::string encode_key_request(std::string_view key);
// Nothing if it is none.
std::optional<std::string> decode_key_request(std::string_view payload);
std::string encode_key_answer(const key_answer& answer);

// The internal query of an operation, and back.
std::string_view query_name(keyring_operation operation);
std::optional<keyring_operation> keyring_operation_of(std::string_view query_name);

// Adds a member's answer to the reply.
void count_answer(std::string_view from, std::string_view payload, keyring_reply& into);
// Says in `failure` what went wrong, if anything did; no answer comes any more.
void conclude(keyring_reply& reply);
// Every member asked has answered.
inline bool is_complete(const keyring_reply& reply) {
  return reply.responses >= reply.nodes;
}

// The key file: a JSON array of base64, the primary first.
std::string print_key_file(const keyring& ring);
// Raw keys. Fails with errc::bad_request; the text repeats nothing of the file.
messages::result<std::vector<std::string>> parse_key_file(std::string_view text);

}  // namespace troupe::actors::gossip::serf
