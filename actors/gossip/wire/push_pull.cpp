#include "actors/gossip/wire/push_pull.hpp"

#include "actors/gossip/wire/field_codec.hpp"
#include "actors/gossip/wire/msgpack_writer.hpp"
#include "messages/ensure.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::wire {

namespace limits = messages::limits;

namespace {

// Of a record with Consul's tags.
constexpr std::size_t usual_node_bytes = 320;

node_state read_state(msgpack_reader& in) {
  const std::uint8_t state = in.u8();
  if (state > static_cast<std::uint8_t>(node_state::left))
    in.fail();
  return static_cast<node_state>(state);
}

}  // namespace

std::optional<push_pull_reader> push_pull_reader::open(std::string_view body) {
  push_pull_reader out{body};
  msgpack_reader& in = out.in_;
  in.fields([&](std::string_view key) {
    if (key == "Join")
      out.join_ = in.boolean();
    else if (key == "Nodes")
      out.nodes_ = in.unsigned_number(limits::pool_members_max);
    else if (key == "UserStateLen")
      out.user_state_bytes_ = in.unsigned_number(limits::gossip_stream_unpacked_bytes_max);
    else
      return false;
    return true;
  });
  if (in.failed() || out.nodes_ + out.user_state_bytes_ > in.rest().size())
    return std::nullopt;
  out.left_ = out.nodes_;
  if (out.left_ == 0)
    out.user_state_ = in.rest().substr(0, out.user_state_bytes_);
  return out;
}

std::optional<push_pull_node> push_pull_reader::next() {
  if (left_ == 0 || failed_)
    return std::nullopt;
  push_pull_node out;
  in_.fields([&](std::string_view key) {
    if (key == "Addr")
      out.where.address = read_address(in_);
    else if (key == "Incarnation")
      out.incarnation = in_.u32();
    else if (key == "Meta")
      out.meta = read_meta(in_);
    else if (key == "Name")
      out.name = in_.raw();
    else if (key == "Port")
      out.where.port = in_.u16();
    else if (key == "State")
      out.state = read_state(in_);
    else if (key == "Vsn")
      out.speaks = read_versions(in_);
    else
      return false;
    return true;
  });
  --left_;
  failed_ = in_.failed() || (left_ == 0 && in_.rest().size() < user_state_bytes_);
  if (failed_)
    return std::nullopt;
  if (left_ == 0)
    user_state_ = in_.rest().substr(0, user_state_bytes_);
  return out;
}

push_pull_writer::push_pull_writer(header what)
    : nodes_left_(what.nodes), user_state_bytes_(what.user_state_bytes) {
  out_.reserve(64 + what.nodes * usual_node_bytes + what.user_state_bytes);
  byte_sink sink{out_};
  msgpack_writer<byte_sink> out{sink};
  out.byte(static_cast<std::uint8_t>(message_type::push_pull));
  out.map(3);
  out.flag("Join", what.join);
  out.field("Nodes", what.nodes);
  out.field("UserStateLen", what.user_state_bytes);
}

void push_pull_writer::add(const push_pull_node& node) {
  messages::ensure(nodes_left_ > 0);
  --nodes_left_;
  byte_sink sink{out_};
  msgpack_writer<byte_sink> out{sink};
  out.map(7);
  out.field("Addr", node.where.address.bytes());
  out.field("Incarnation", node.incarnation);
  out.key("Meta");
  out.raw_or_nil(node.meta);
  out.field("Name", node.name);
  out.field("Port", node.where.port);
  out.field("State", static_cast<std::uint8_t>(node.state));
  out.key("Vsn");
  write_versions(out, node.speaks);
}

std::string push_pull_writer::finish(std::string_view user_state) && {
  messages::ensure(nodes_left_ == 0 && user_state.size() == user_state_bytes_);
  out_.append(user_state);
  return std::move(out_);
}

std::optional<user> decode_user_stream(std::string_view body) {
  std::size_t bytes = 0;
  msgpack_reader in{body};
  in.fields([&](std::string_view key) {
    if (key != "UserMsgLen")
      return false;
    bytes = in.unsigned_number(limits::gossip_stream_unpacked_bytes_max);
    return true;
  });
  if (in.failed() || in.rest().size() < bytes)
    return std::nullopt;
  return user{in.rest().substr(0, bytes)};
}

std::string encode_user_stream(std::string_view payload) {
  std::string bytes;
  byte_sink sink{bytes};
  msgpack_writer<byte_sink> out{sink};
  out.byte(static_cast<std::uint8_t>(message_type::user));
  out.map(1);
  out.field("UserMsgLen", payload.size());
  return bytes.append(payload);
}

}  // namespace troupe::actors::gossip::wire
