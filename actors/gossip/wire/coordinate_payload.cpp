#include "actors/gossip/wire/coordinate_payload.hpp"

#include <cmath>

#include "actors/gossip/wire/msgpack_reader.hpp"
#include "actors/gossip/wire/msgpack_writer.hpp"

namespace troupe::actors::gossip::wire {

namespace {

constexpr std::uint8_t payload_version = 1;

double read_finite(msgpack_reader& in) {
  const double value = in.real();
  if (!std::isfinite(value))
    in.fail();
  return value;
}

}  // namespace

std::optional<coordinate_payload> decode_coordinate(std::string_view payload) {
  if (payload.empty() || static_cast<std::uint8_t>(payload.front()) != payload_version)
    return std::nullopt;
  coordinate_payload out;
  bool has_vec = false;
  msgpack_reader in{payload.substr(1)};
  in.fields([&](std::string_view key) {
    if (key == "Adjustment") {
      out.adjustment = read_finite(in);
    } else if (key == "Error") {
      out.error = read_finite(in);
    } else if (key == "Height") {
      out.height = read_finite(in);
    } else if (key == "Vec") {
      if (in.array() != out.vec.size())
        in.fail();
      for (double& component : out.vec)
        component = read_finite(in);
      has_vec = true;
    } else {
      return false;
    }
    return true;
  });
  if (in.failed() || !has_vec)
    return std::nullopt;
  return out;
}

std::string encode(const coordinate_payload& coordinate) {
  std::string bytes;
  byte_sink sink{bytes};
  msgpack_writer<byte_sink> out{sink};
  out.byte(payload_version);
  out.map(4);
  out.key("Adjustment");
  out.real(coordinate.adjustment);
  out.key("Error");
  out.real(coordinate.error);
  out.key("Height");
  out.real(coordinate.height);
  out.key("Vec");
  out.array(coordinate.vec.size());
  for (const double component : coordinate.vec)
    out.real(component);
  return bytes;
}

}  // namespace troupe::actors::gossip::wire
