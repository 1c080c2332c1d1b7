// The exchange of whole views: a header, a record a member, and the state of the layer above. Read
// one record at a time, without a copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/gossip/endpoint.hpp"
#include "actors/gossip/wire/msgpack_reader.hpp"
#include "actors/gossip/wire/swim_messages.hpp"

namespace troupe::actors::gossip::wire {

// The numbers are memberlist's.
enum class node_state : std::uint8_t { alive = 0, suspect = 1, dead = 2, left = 3 };

struct push_pull_node {
  std::string_view name = {};
  endpoint where = {};  // port 0: the receiver's own
  std::string_view meta = {};
  std::uint32_t incarnation = 0;
  node_state state = node_state::alive;
  std::optional<versions> speaks = {};

  bool operator==(const push_pull_node&) const = default;
};

class push_pull_reader {
 public:
  // `body`: what follows the type byte, of a whole message. Nothing if it does not decode, or says
  // it has more than limits::pool_members_max records or more than there are bytes.
  static std::optional<push_pull_reader> open(std::string_view body);

  bool is_join() const { return join_; }
  std::size_t nodes() const { return nodes_; }  // all of them

  // The next record, in order; nothing at the end, or if a record does not decode: then failed() is
  // true and the whole exchange is to be dropped.
  std::optional<push_pull_node> next();
  bool failed() const { return failed_; }
  // The state of the layer above; only after the last record.
  std::string_view user_state() const { return user_state_; }

 private:
  explicit push_pull_reader(std::string_view body) : in_(body) {}

  msgpack_reader in_;
  bool join_ = false;
  bool failed_ = false;
  std::size_t nodes_ = 0;
  std::size_t left_ = 0;
  std::size_t user_state_bytes_ = 0;
  std::string_view user_state_;
};

class push_pull_writer {
 public:
  struct header {
    bool join = false;
    std::size_t nodes = 0;  // exactly so many add() follow
    std::size_t user_state_bytes = 0;
  };
  explicit push_pull_writer(header what);

  void add(const push_pull_node& node);
  // The message with its type byte.
  std::string finish(std::string_view user_state) &&;

 private:
  std::size_t nodes_left_;
  std::size_t user_state_bytes_;
  std::string out_;
};

// A user message on a stream: a header with its length, then the bytes.
std::optional<user> decode_user_stream(std::string_view body);
std::string encode_user_stream(std::string_view payload);

}  // namespace troupe::actors::gossip::wire
