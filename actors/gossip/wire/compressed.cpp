#include "actors/gossip/wire/compressed.hpp"

#include "actors/gossip/wire/lzw.hpp"
#include "actors/gossip/wire/msgpack_reader.hpp"
#include "actors/gossip/wire/msgpack_writer.hpp"
#include "actors/gossip/wire/swim_messages.hpp"

namespace troupe::actors::gossip::wire {

namespace {

constexpr std::uint64_t algorithm_lzw = 0;

// All that stands before the packed bytes.
std::string head_of(std::size_t packed_bytes) {
  std::string head;
  byte_sink sink{head};
  msgpack_writer<byte_sink> out{sink};
  out.byte(static_cast<std::uint8_t>(message_type::compress));
  out.map(2);
  out.field("Algo", algorithm_lzw);
  out.key("Buf");
  out.raw_head(packed_bytes);
  return head;
}

}  // namespace

frame_error unpack_compressed(std::string_view body, std::size_t bytes_max, std::string& out) {
  std::uint64_t algorithm = algorithm_lzw;
  std::string_view packed;
  msgpack_reader in{body};
  in.fields([&](std::string_view key) {
    if (key == "Algo")
      algorithm = in.u8();
    else if (key == "Buf")
      packed = in.raw();
    else
      return false;
    return true;
  });
  if (in.failed() || algorithm != algorithm_lzw)
    return frame_error::malformed;
  switch (lzw_decode(packed, bytes_max, out)) {
    case lzw_result::ok:
      return frame_error::none;
    case lzw_result::too_large:
      return frame_error::too_large;
    case lzw_result::corrupt:
      break;
  }
  return frame_error::malformed;
}

bool pack_compressed(std::string_view message, std::size_t bytes_max, std::string& out) {
  const std::size_t begin = out.size();
  if (!lzw_encode(message, bytes_max, out))
    return false;
  const std::string head = head_of(out.size() - begin);
  if (out.size() - begin + head.size() > bytes_max) {
    out.resize(begin);
    return false;
  }
  out.insert(begin, head);
  return true;
}

}  // namespace troupe::actors::gossip::wire
