#include "gateway/dns/tcp_connection.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace troupe::gateway::dns {

namespace asio = boost::asio;
namespace limits = messages::limits;

namespace {

constexpr std::size_t length_bytes = 2;

// A whole answer is written here before it is known how long it is; one a thread is enough.
std::span<std::uint8_t> answer_room() {
  thread_local std::vector<std::uint8_t> room(limits::dns_message_bytes_max);
  return room;
}

}  // namespace

tcp_connection::tcp_connection(asio::ip::tcp::socket socket, std::shared_ptr<dns_entry> entry,
                               std::function<void()> on_closed)
    : socket_(std::move(socket)),
      idle_(socket_.get_executor()),
      entry_(std::move(entry)),
      on_closed_(std::move(on_closed)) {
  error_code why;
  const auto remote = socket_.remote_endpoint(why);
  if (!why && remote.size() <= sizeof from_.address) {
    std::memcpy(&from_.address, remote.data(), remote.size());
    from_.address_bytes = static_cast<socklen_t>(remote.size());
  }
}

void tcp_connection::start() {
  wait_idle();
  read();
}

void tcp_connection::close() {
  if (std::exchange(closed_, true))
    return;
  idle_.cancel();
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  entry_.reset();
  if (auto tell = std::exchange(on_closed_, nullptr))
    tell();
}

// Counts from the last whole question, so that bytes one by one keep nobody here.
void tcp_connection::wait_idle() {
  idle_.expires_after(limits::dns_tcp_idle_timeout);
  idle_.async_wait([self = self()](const error_code& cancelled) {
    if (!cancelled)
      self->close();
  });
}

bool tcp_connection::may_read() const {
  return !closed_ && !ended_ && !reading_ && unanswered_ < limits::dns_tcp_pipelined_max &&
         out_.size() + writing_.size() < limits::dns_tcp_unsent_bytes_max;
}

void tcp_connection::read() {
  if (!may_read())
    return;
  reading_ = true;
  socket_.async_read_some(asio::buffer(chunk_),
                          [self = self()](const error_code& why, std::size_t bytes) {
                            self->reading_ = false;
                            if (!why)
                              return self->on_bytes(bytes);
                            // Who closed its half may still wait for answers.
                            self->ended_ = true;
                            if (self->unanswered_ == 0 && self->writing_.empty())
                              self->close();
                          });
}

void tcp_connection::on_bytes(std::size_t bytes) {
  in_.insert(in_.end(), chunk_.begin(), chunk_.begin() + static_cast<std::ptrdiff_t>(bytes));
  std::size_t at = 0;
  while (!closed_ && in_.size() - at >= length_bytes) {
    const std::size_t length = static_cast<std::size_t>(in_[at]) << 8 | in_[at + 1];
    if (length < header_bytes || length > limits::dns_question_bytes_max)
      return close();
    if (in_.size() - at - length_bytes < length)
      break;
    take_question({&in_[at + length_bytes], length});
    at += length_bytes + length;
  }
  in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(at));
  if (at > 0 && !closed_)
    wait_idle();
  read();
}

void tcp_connection::take_question(packet_view packet) {
  std::size_t bytes = 0;
  const auto room = answer_room();
  // Counted first: the answer may come from within.
  ++unanswered_;
  const auto outcome =
      entry_->answer(packet, {.path = *this, .from = from_, .over_tcp = true}, room, bytes);
  if (outcome == handled::later)
    return;
  --unanswered_;
  if (outcome == handled::replied && bytes > 0)
    queue(room.first(bytes));
}

void tcp_connection::send(const client_endpoint& /*to*/, std::span<const std::uint8_t> reply) {
  if (closed_)
    return;
  --unanswered_;
  if (!reply.empty())
    queue(reply);
  else if (ended_ && unanswered_ == 0 && writing_.empty())
    return close();
  read();
}

void tcp_connection::queue(std::span<const std::uint8_t> reply) {
  out_.push_back(static_cast<std::uint8_t>(reply.size() >> 8));
  out_.push_back(static_cast<std::uint8_t>(reply.size()));
  out_.insert(out_.end(), reply.begin(), reply.end());
  write();
}

void tcp_connection::write() {
  if (closed_ || !writing_.empty() || out_.empty())
    return;
  std::swap(out_, writing_);
  asio::async_write(
      socket_, asio::buffer(writing_), [self = self()](const error_code& why, std::size_t) {
        self->writing_.clear();
        const bool is_over = self->ended_ && self->unanswered_ == 0 && self->out_.empty();
        if (why || is_over)
          return self->close();
        self->write();
        self->read();
      });
}

}  // namespace troupe::gateway::dns
