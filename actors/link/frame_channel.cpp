#include "actors/link/frame_channel.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

namespace troupe::actors::link {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// As much is read at once as most turns bring; room for a large frame is given back after it.
constexpr std::size_t read_bytes = std::size_t{64} << 10;
constexpr std::size_t kept_bytes = std::size_t{256} << 10;
// Then others on this thread have their turn.
constexpr int reads_a_turn = 8;

std::size_t length_of(const char* header) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < frame_header_bytes; ++i)
    length = length << 8 | static_cast<unsigned char>(header[i]);
  return length;
}

void append_length(std::size_t length, std::string& to) {
  for (std::size_t i = frame_header_bytes; i-- > 0;)
    to.push_back(static_cast<char>(length >> 8 * i & 0xff));
}

}  // namespace

class frame_channel::parts : public std::enable_shared_from_this<parts> {
 public:
  parts(asio::io_context& io, std::unique_ptr<byte_stream> stream, frame_limits limits, needs what)
      : limits_(limits), needs_(std::move(what)), stream_(std::move(stream)), readiness_(io) {}

  void start() {
    error_code why;
    readiness_.assign(stream_->descriptor(), why);
    if (why)
      return end(why.message());
    wait_to_read();
  }

  void close() {
    is_closed_ = true;
    let_go();
    if (!is_telling_)
      needs_ = {};
  }

  void send(const messages::LinkFrame& frame) {
    if (!stream_)
      return;
    const auto bytes = frame.ByteSizeLong();
    if (bytes > limits_.frame_bytes_max || unsent() + bytes > limits_.unsent_bytes_max)
      return end(bytes > limits_.frame_bytes_max ? "a frame that is too large"
                                                 : "the other side does not read");
    append_length(bytes, outgoing_);
    const auto at = outgoing_.size();
    outgoing_.resize(at + bytes);
    frame.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(outgoing_.data() + at));
    if (!waits_to_write_)
      write();
  }

 private:
  std::size_t unsent() const { return outgoing_.size() - written_; }

  // -- writing -----------------------------------------------------------------

  void write() {
    while (stream_ && unsent() > 0) {
      const auto step = stream_->write({outgoing_.data() + written_, unsent()});
      if (step.what == byte_stream::outcome::ended)
        return end("EOF");
      if (step.what == byte_stream::outcome::would_block)
        return wait_to_write();
      written_ += step.bytes;
    }
    written_ = 0;
    outgoing_.clear();
    if (outgoing_.capacity() > kept_bytes)
      outgoing_ = std::string();
  }

  void wait_to_write() {
    outgoing_.erase(0, std::exchange(written_, 0));
    waits_to_write_ = true;
    readiness_.async_wait(asio::posix::descriptor_base::wait_write,
                          [self = shared_from_this()](const error_code& why) {
                            self->waits_to_write_ = false;
                            if (!why)
                              self->write();
                          });
  }

  // -- reading -----------------------------------------------------------------

  void wait_to_read() {
    readiness_.async_wait(asio::posix::descriptor_base::wait_read,
                          [self = shared_from_this()](const error_code& why) {
                            if (!why)
                              self->read();
                          });
  }

  void read() {
    for (int i = 0; i < reads_a_turn && stream_; ++i) {
      // No more than has come already, whatever a length claims.
      const auto room = std::max(filled_ + read_bytes, std::min(wanted_, 2 * filled_));
      if (incoming_.size() < room)
        incoming_.resize(room);
      const auto step = stream_->read({incoming_.data() + filled_, incoming_.size() - filled_});
      if (step.what == byte_stream::outcome::ended)
        return end("EOF");
      if (step.what == byte_stream::outcome::would_block)
        break;
      const bool is_all = filled_ + step.bytes < incoming_.size() && !stream_->holds_unread();
      filled_ += step.bytes;
      take_frames();
      if (is_all)
        break;
    }
    if (!stream_)
      return;
    if (stream_->holds_unread())
      asio::post(readiness_.get_executor(), [self = shared_from_this()] { self->read(); });
    else
      wait_to_read();
  }

  void take_frames() {
    std::size_t next = 0;
    wanted_ = 0;
    while (stream_ && filled_ - next >= frame_header_bytes) {
      const auto length = length_of(incoming_.data() + next);
      if (length > limits_.frame_bytes_max)
        return end("a frame that is too large");
      if (filled_ - next - frame_header_bytes < length) {
        wanted_ = frame_header_bytes + length;
        break;
      }
      if (!frame_.ParseFromArray(incoming_.data() + next + frame_header_bytes,
                                 static_cast<int>(length)))
        return end("a malformed frame");
      next += frame_header_bytes + length;
      tell();
    }
    if (is_closed_)
      return;
    std::copy(incoming_.begin() + static_cast<std::ptrdiff_t>(next),
              incoming_.begin() + static_cast<std::ptrdiff_t>(filled_), incoming_.begin());
    filled_ -= next;
    if (wanted_ == 0 && incoming_.size() > kept_bytes) {
      incoming_.resize(filled_);
      incoming_.shrink_to_fit();
      frame_ = {};
    }
  }

  // The owner may close this channel meanwhile: what is being called must outlive that.
  void tell() {
    is_telling_ = true;
    needs_.on_frame(frame_);
    is_telling_ = false;
    if (is_closed_)
      needs_ = {};
  }

  // -- the end -----------------------------------------------------------------

  void let_go() {
    if (!stream_)
      return;
    if (readiness_.is_open())
      readiness_.release();
    stream_.reset();
  }

  // The owner is told in a turn of its own: it may be in the midst of sending.
  void end(const std::string& why) {
    if (!stream_)
      return;
    let_go();
    asio::post(readiness_.get_executor(), [self = shared_from_this(), why] {
      if (const auto tell = std::exchange(self->needs_, {}).on_end)
        tell(why);
    });
  }

  const frame_limits limits_;
  needs needs_;
  std::unique_ptr<byte_stream> stream_;  // null: ended
  asio::posix::stream_descriptor readiness_;
  std::string outgoing_;
  std::size_t written_ = 0;  // of these
  bool waits_to_write_ = false;
  std::vector<char> incoming_;
  std::size_t filled_ = 0;  // of these
  std::size_t wanted_ = 0;  // by the frame that has begun; 0: its length is not known yet
  messages::LinkFrame frame_;
  bool is_telling_ = false;
  bool is_closed_ = false;
};

frame_channel::frame_channel(asio::io_context& io, std::unique_ptr<byte_stream> stream,
                             frame_limits limits, needs what)
    : parts_(std::make_shared<parts>(io, std::move(stream), limits, std::move(what))) {
  parts_->start();
}

frame_channel::~frame_channel() {
  parts_->close();
}

void frame_channel::send(const messages::LinkFrame& frame) {
  parts_->send(frame);
}

}  // namespace troupe::actors::link
