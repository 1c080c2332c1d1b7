#include "actors/gossip/wire/consul_event.hpp"

#include "actors/gossip/wire/field_codec.hpp"
#include "actors/gossip/wire/msgpack_reader.hpp"
#include "actors/gossip/wire/msgpack_writer.hpp"

namespace troupe::actors::gossip::wire {

std::optional<consul_event> decode_consul_event(std::string_view payload) {
  consul_event out;
  msgpack_reader in{payload};
  in.fields([&](std::string_view key) {
    if (key == "ID")
      out.id = in.raw();
    else if (key == "n")
      out.name = in.raw();
    else if (key == "nf")
      out.node_filter = in.raw();
    else if (key == "p")
      out.payload = in.raw();
    else if (key == "sf")
      out.service_filter = in.raw();
    else if (key == "tf")
      out.tag_filter = in.raw();
    else if (key == "v")
      out.version = in.signed_number();
    else
      return false;
    return true;
  });
  return unless_failed(in, out);
}

std::string encode(const consul_event& event) {
  std::string bytes;
  byte_sink sink{bytes};
  msgpack_writer<byte_sink> out{sink};
  const auto text = [&](std::string_view key, std::string_view value) {
    if (value.empty())
      return;
    out.key(key);
    out.str(value);
  };
  out.map(3 + std::size_t{!event.node_filter.empty()} + std::size_t{!event.payload.empty()} +
          std::size_t{!event.service_filter.empty()} + std::size_t{!event.tag_filter.empty()});
  out.key("ID");
  out.str(event.id);
  out.key("n");
  out.str(event.name);
  text("nf", event.node_filter);
  if (!event.payload.empty()) {
    out.key("p");
    out.bin(event.payload);
  }
  text("sf", event.service_filter);
  text("tf", event.tag_filter);
  out.key("v");
  out.signed_number(event.version);
  return bytes;
}

}  // namespace troupe::actors::gossip::wire
