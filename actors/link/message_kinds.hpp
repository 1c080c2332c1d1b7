// Which messages may travel to another node, read off the interfaces of the actors they are for:
// a message added to `router_actor` travels without a line here. Also what the link must know of
// one without knowing its type.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <typeinfo>

#include <caf/message.hpp>

#include "actors/link/link_core.hpp"

namespace troupe::actors::link {

// The actors of another node that can be sent to.
enum class role : std::uint8_t { router, raft_peer };

struct message_kind {
  std::string name;
  bool for_router = false;
  bool for_raft_peer = false;
  bool one_way = false;  // never answered
  // These take the message itself, wherever it is kept.
  std::size_t (*bytes)(const void* message) = nullptr;
  // How long a blocking query may wait at the other side; 0: it does not.
  nanoseconds (*blocks_for)(const void* message) = nullptr;
  // Names it for CancelQuery, and is what a CancelQuery names; 0: none.
  std::uint64_t (*query_ticket)(const void* message) = nullptr;
  std::string (*to_bytes)(const void* message) = nullptr;
  // Empty: the bytes are no such message.
  caf::message (*from_bytes)(const std::string& bytes) = nullptr;
  // Of its answer. Nothing: it is not what answers such a message.
  std::optional<std::string> (*answer_to_bytes)(const caf::message& answer) = nullptr;
  caf::message (*answer_from_bytes)(const std::string& bytes) = nullptr;
};

// Null: a message of that type does not travel.
const message_kind* find_kind(const std::type_info& type);
const message_kind* find_kind(const std::string& name);

}  // namespace troupe::actors::link
