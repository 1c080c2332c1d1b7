// A connected stream of bytes, as a frame_channel reads and writes it. The seam for TLS: a stream
// that encrypts is another class here, made by the handshake between connecting and the greeting;
// nothing above knows which it has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace troupe::actors::link {

class byte_stream {
 public:
  enum class outcome : std::uint8_t { done, would_block, ended };
  struct step {
    outcome what;
    std::size_t bytes = 0;  // with done
  };

  byte_stream() = default;
  byte_stream(const byte_stream&) = delete;
  byte_stream& operator=(const byte_stream&) = delete;
  virtual ~byte_stream() = default;

  // Neither waits.
  virtual step read(std::span<char> into) = 0;
  virtual step write(std::span<const char> from) = 0;
  // Bytes that were taken off the socket and not given out: no event will tell of them.
  virtual bool holds_unread() const = 0;

  virtual int descriptor() const = 0;  // the stream closes it
};

// A TCP socket that does not block, as it is. Takes it over.
std::unique_ptr<byte_stream> make_plain_stream(int descriptor);

}  // namespace troupe::actors::link
