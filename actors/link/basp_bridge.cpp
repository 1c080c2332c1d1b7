#include "actors/link/basp_bridge.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/io/network/stream_impl.hpp>
#include <caf/io/scribe.hpp>
#include <caf/send.hpp>
#include <sys/socket.h>

#include "messages/ensure.hpp"

namespace troupe::actors::link {

namespace network = caf::io::network;

namespace {

// Header and body of most frames come with one read.
constexpr std::size_t read_ahead_bytes = std::size_t{16} << 10;
// CAF keys what is published by a port; ours never listens, so that any number will do.
constexpr std::uint16_t door_port = 1;

// How CAF's multiplexer reads and writes a byte_stream.
class stream_policy {
 public:
  stream_policy(byte_stream* stream, std::atomic<bool>* ended) : stream_(stream), ended_(ended) {}

  network::rw_state read_some(std::size_t& read, network::native_socket, void* into,
                              std::size_t bytes) {
    read = 0;
    const std::span<char> room(static_cast<char*>(into), bytes);
    if (next_ == end_ && bytes >= read_ahead_bytes)
      return conclude(stream_->read(room), read);
    if (next_ == end_) {
      ahead_.resize(read_ahead_bytes);
      next_ = end_ = 0;
      if (const auto state = conclude(stream_->read(ahead_), end_);
          state == network::rw_state::failure)
        return state;
    }
    read = std::min(bytes, end_ - next_);
    std::memcpy(into, ahead_.data() + next_, read);
    next_ += read;
    return network::rw_state::success;
  }

  network::rw_state write_some(std::size_t& written, network::native_socket, const void* from,
                               std::size_t bytes) {
    written = 0;
    if (bytes == 0)
      return network::rw_state::indeterminate;
    return conclude(stream_->write({static_cast<const char*>(from), bytes}), written);
  }

  bool must_read_more(network::native_socket, std::size_t) const {
    return next_ < end_ || stream_->holds_unread();
  }

 private:
  // Success with no bytes means to CAF: wait for the next event.
  network::rw_state conclude(byte_stream::step step, std::size_t& bytes) {
    bytes = step.bytes;
    if (step.what != byte_stream::outcome::ended)
      return network::rw_state::success;
    ended_->store(true);
    return network::rw_state::failure;
  }

  byte_stream* stream_;
  std::atomic<bool>* ended_;
  std::vector<char> ahead_;
  std::size_t next_ = 0;
  std::size_t end_ = 0;
};

}  // namespace

// What CAF calls a connection of a broker. All but has_ended() on the multiplexer's thread.
class basp_scribe {
 public:
  class servant;

  caf::intrusive_ptr<caf::io::scribe> inner;
  servant* view = nullptr;
};

class basp_scribe::servant final : public caf::io::scribe {
 public:
  servant(network::default_multiplexer& multiplexer, std::unique_ptr<byte_stream> stream,
          frame_limits limits)
      : caf::io::scribe(network::conn_hdl_from_socket(stream->descriptor())),
        bytes_(std::move(stream)),
        limits_(limits),
        stream_(multiplexer, bytes_->descriptor(), bytes_.get(), &ended_) {
    bytes_->release();  // CAF closes it with this object
  }

  // BASP asks for exactly what a header announced: that is where a header is not trusted.
  void configure_read(caf::io::receive_policy::config config) override {
    const auto allowed = reads_ < frames_of_handshake ? messages::limits::link_first_frame_bytes_max
                                                      : limits_.frame_bytes_max;
    if (config.second > allowed)
      return abort();
    ++reads_;
    stream_.configure_read(config);
    if (!std::exchange(launched_, true))
      stream_.start(this);
  }
  void ack_writes(bool enable) override { stream_.ack_writes(enable); }
  std::vector<char>& wr_buf() override { return stream_.wr_buf(); }
  std::vector<char>& rd_buf() override { return stream_.rd_buf(); }
  void graceful_shutdown() override {
    ended_.store(true);
    stream_.graceful_shutdown();
    detach(&stream_.backend(), false);
  }
  void flush() override {
    if (stream_.wr_buf().size() > limits_.unsent_bytes_max)
      abort();
    stream_.flush(this);
  }
  std::string addr() const override {
    auto known = network::remote_addr_of_fd(stream_.fd());
    return known ? *known : std::string();
  }
  std::uint16_t port() const override {
    auto known = network::remote_port_of_fd(stream_.fd());
    return known ? *known : std::uint16_t{0};
  }
  void add_to_loop() override { stream_.activate(this); }
  void remove_from_loop() override { stream_.passivate(); }

  // CAF hears of it from its next read, as if the other side had hung up; a writer that is stuck
  // is woken by it too.
  void abort() {
    ended_.store(true);
    const linger at_once{1, 0};
    ::setsockopt(stream_.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    ::shutdown(stream_.fd(), SHUT_RDWR);
  }
  bool has_ended() const { return ended_.load(); }

 private:
  // Each side reads the other's handshake first: a header and a body.
  static constexpr int frames_of_handshake = 2;

  std::unique_ptr<byte_stream> bytes_;
  frame_limits limits_;
  std::atomic<bool> ended_{false};
  int reads_ = 0;
  bool launched_ = false;
  network::stream_impl<stream_policy> stream_;  // closes the descriptor
};

bool basp_connection::has_ended() const {
  return scribe_ == nullptr || scribe_->view->has_ended();
}

basp_bridge::basp_bridge(caf::actor_system& system, frame_limits limits)
    : system_(&system),
      limits_(limits),
      broker_(system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"))) {}

basp_connection basp_bridge::take(std::unique_ptr<byte_stream> stream) {
  auto* multiplexer = dynamic_cast<network::default_multiplexer*>(&system_->middleman().backend());
  messages::ensure(multiplexer != nullptr);
  auto scribe = std::make_shared<basp_scribe>();
  auto made = caf::make_counted<basp_scribe::servant>(*multiplexer, std::move(stream), limits_);
  scribe->view = made.get();
  scribe->inner = made;
  return basp_connection(std::move(scribe));
}

caf::message basp_bridge::connect_request(const basp_connection& dialled) {
  return caf::make_message(caf::connect_atom_v, dialled.scribe_->inner, door_port);
}

void basp_bridge::publish(const basp_connection& accepted, const caf::strong_actor_ptr& door) {
  caf::anon_send(broker_, caf::publish_atom_v, accepted.scribe_->inner, door_port, door,
                 std::set<std::string>{});
}

void basp_bridge::drop(const basp_connection& connection) {
  if (!connection)
    return;
  system_->middleman().run_later([broker = broker_, scribe = connection.scribe_] {
    auto* basp = static_cast<caf::io::basp_broker*>(caf::actor_cast<caf::abstract_actor*>(broker));
    // Before the abort: whoever waits for its handshake learns of it by this.
    if (!basp->getf(caf::abstract_actor::is_terminated_flag))
      basp->connection_cleanup(scribe->view->hdl(), caf::sec::connection_timeout);
    scribe->view->abort();
  });
}

}  // namespace troupe::actors::link
