#include "actors/link/byte_stream.hpp"

#include <cerrno>

#include <sys/socket.h>
#include <unistd.h>

namespace troupe::actors::link {

namespace {

class plain_stream final : public byte_stream {
 public:
  explicit plain_stream(int descriptor) : descriptor_(descriptor) {}
  ~plain_stream() override { ::close(descriptor_); }

  step read(std::span<char> into) override {
    const auto bytes = ::recv(descriptor_, into.data(), into.size(), MSG_NOSIGNAL);
    if (bytes == 0 && !into.empty())
      return {outcome::ended};
    return judge(bytes);
  }
  step write(std::span<const char> from) override {
    return judge(::send(descriptor_, from.data(), from.size(), MSG_NOSIGNAL));
  }
  bool holds_unread() const override { return false; }
  int descriptor() const override { return descriptor_; }

 private:
  static step judge(ssize_t bytes) {
    if (bytes >= 0)
      return {outcome::done, static_cast<std::size_t>(bytes)};
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
      return {outcome::would_block};
    return {outcome::ended};
  }

  int descriptor_;
};

}  // namespace

std::unique_ptr<byte_stream> make_plain_stream(int descriptor) {
  return std::make_unique<plain_stream>(descriptor);
}

}  // namespace troupe::actors::link
