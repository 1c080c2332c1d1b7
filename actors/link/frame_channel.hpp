// Frames over a connected stream: 4 bytes of length, big endian, and a LinkFrame. Lives on one
// io_context's thread and never waits: what the socket does not take stays here, up to a bound.
// Asio, no CAF.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "actors/link/byte_stream.hpp"
#include "messages/limits.hpp"
#include "messages/link.pb.h"

namespace boost::asio {
class io_context;
}

namespace troupe::actors::link {

inline constexpr std::size_t frame_header_bytes = 4;

struct frame_limits {
  std::size_t frame_bytes_max = messages::limits::link_frame_bytes_max;
  std::size_t unsent_bytes_max = messages::limits::link_unsent_bytes_max;
};

class frame_channel {
 public:
  struct needs {
    std::function<void(const messages::LinkFrame&)> on_frame;
    // Once, as a turn of its own: the other side hung up, said what is no frame or a larger one
    // than may be, or does not read.
    std::function<void(const std::string& why)> on_end;
  };

  frame_channel(boost::asio::io_context& io, std::unique_ptr<byte_stream> stream,
                frame_limits limits, needs what);
  // Closes it, whatever is unsent; calls nothing any more.
  ~frame_channel();
  frame_channel(const frame_channel&) = delete;
  frame_channel& operator=(const frame_channel&) = delete;

  // Written at once as far as the socket takes it. Does nothing once the channel has ended.
  void send(const messages::LinkFrame& frame);

 private:
  class parts;
  std::shared_ptr<parts> parts_;
};

}  // namespace troupe::actors::link
