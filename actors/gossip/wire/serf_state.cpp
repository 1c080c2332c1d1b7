// The user state of a push/pull: the one message of serf that is large.
#include "actors/gossip/wire/field_codec.hpp"
#include "actors/gossip/wire/msgpack_reader.hpp"
#include "actors/gossip/wire/msgpack_writer.hpp"
#include "actors/gossip/wire/serf_messages.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::wire {

namespace limits = messages::limits;

namespace {

event_slot::event read_event(msgpack_reader& in) {
  event_slot::event out;
  in.fields([&](std::string_view key) {
    if (key == "Name")
      out.name = in.raw();
    else if (key == "Payload")
      out.payload = in.raw();
    else
      return false;
    return true;
  });
  return out;
}

// `events_left`: how many more are taken.
event_slot read_slot(msgpack_reader& in, std::size_t& events_left) {
  event_slot out;
  in.fields([&](std::string_view key) {
    if (key == "LTime") {
      out.ltime = in.u64();
    } else if (key == "Events") {
      std::size_t events = in.array();
      if (events > events_left)
        return in.fail(), true;
      events_left -= events;
      for (; events > 0 && !in.failed(); --events)
        out.events.push_back(read_event(in));
    } else {
      return false;
    }
    return true;
  });
  return out;
}

void read_slots(msgpack_reader& in, std::vector<event_slot>& out) {
  std::size_t events_left = limits::gossip_events_max;
  for (std::size_t left = in.array(); left > 0 && !in.failed(); --left) {
    if (in.is_nil())
      in.skip();
    else if (out.size() == limits::gossip_event_slots_max)
      in.fail();
    else
      out.push_back(read_slot(in, events_left));
  }
}

void read_statuses(msgpack_reader& in, push_pull_state& out) {
  std::size_t left = in.map();
  if (left > limits::pool_members_max)
    return in.fail();
  out.status_ltimes.clear();
  out.status_ltimes.reserve(left);
  for (; left > 0 && !in.failed(); --left) {
    const std::string_view name = in.raw();
    out.status_ltimes.emplace_back(name, in.u64());
  }
}

void read_left(msgpack_reader& in, push_pull_state& out) {
  std::size_t left = in.array();
  if (left > limits::pool_members_max)
    return in.fail();
  out.left_members.clear();
  out.left_members.reserve(left);
  for (; left > 0 && !in.failed(); --left)
    out.left_members.push_back(in.raw());
}

void write_slot(msgpack_writer<byte_sink>& out, const event_slot& slot) {
  out.map(2);
  out.key("Events");
  out.array(slot.events.size());
  for (const event_slot::event& event : slot.events) {
    out.map(2);
    out.field("Name", event.name);
    out.key("Payload");
    out.raw_or_nil(event.payload);
  }
  out.field("LTime", slot.ltime);
}

}  // namespace

std::optional<push_pull_state> decode_push_pull_state(std::string_view body) {
  return decode_fields<push_pull_state>(body, [](auto& in, auto key, auto& out) {
    if (key == "LTime")
      out.ltime = in.u64();
    else if (key == "EventLTime")
      out.event_ltime = in.u64();
    else if (key == "QueryLTime")
      out.query_ltime = in.u64();
    else if (key == "StatusLTimes")
      read_statuses(in, out);
    else if (key == "LeftMembers")
      read_left(in, out);
    else if (key == "Events")
      read_slots(in, out.events);
    else
      return false;
    return true;
  });
}

std::string encode(const push_pull_state& message) {
  std::string bytes;
  std::size_t room = 256;
  for (const auto& [name, ltime] : message.status_ltimes)
    room += name.size() + 12;
  bytes.reserve(room);
  byte_sink sink{bytes};
  msgpack_writer<byte_sink> out{sink};
  out.byte(static_cast<std::uint8_t>(serf_type::push_pull_state));
  out.map(6);
  out.field("EventLTime", message.event_ltime);
  out.key("Events");
  out.array(message.events.size());
  for (const event_slot& slot : message.events)
    write_slot(out, slot);
  out.field("LTime", message.ltime);
  out.key("LeftMembers");
  out.array(message.left_members.size());
  for (const std::string_view name : message.left_members)
    out.raw(name);
  out.field("QueryLTime", message.query_ltime);
  out.key("StatusLTimes");
  out.map(message.status_ltimes.size());
  for (const auto& [name, ltime] : message.status_ltimes)
    out.field(name, ltime);
  return bytes;
}

}  // namespace troupe::actors::gossip::wire
