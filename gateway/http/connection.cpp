#include "gateway/http/connection.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/http/status.hpp>
#include <sys/socket.h>

#include "gateway/http/lane.hpp"

namespace troupe::gateway {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t body_read_bytes = std::size_t{64} * 1024;
// What a client may send ahead of its answer before we stop listening to it.
constexpr std::size_t ahead_bytes_max = std::size_t{64} * 1024;
// Of a refused request that is still arriving: read and dropped, so that the client sees our answer
// and not a reset. As net/http does.
constexpr std::size_t discarded_bytes_max = std::size_t{256} * 1024;
constexpr std::size_t drained_bytes_max = 64 << 20;
constexpr std::chrono::seconds drain_timeout{5};
// Without one byte taken by the client for so long, the answer is dropped.
constexpr std::chrono::seconds write_stall_timeout{60};
// A body up to this size is copied behind its head: cheaper than a second buffer.
constexpr std::size_t joined_body_bytes_max = std::size_t{8} * 1024;
// Memory kept by a connection between requests.
constexpr std::size_t kept_bytes_max = std::size_t{64} * 1024;

void give_back(std::string& large) {
  if (large.capacity() > kept_bytes_max)
    std::string().swap(large);
}

}  // namespace

connection::connection(lane& home, socket client, std::string client_address)
    : home_(&home), socket_(std::move(client)), counted_as_(std::move(client_address)) {
  request.remote_address = counted_as_;
}

connection::~connection() = default;

void connection::start() {
  begin_request();
  due_in(home_->options().header_timeout);
  read_more();
}

void connection::due_in(std::chrono::seconds delay) {
  due_tick_ = home_->tick() + 1 + static_cast<std::uint64_t>(delay.count());
}

// -- reading -----------------------------------------------------------------

void connection::begin_request() {
  request.clear();
  give_back(request.body);
  give_back(out_);
  give_back(body_);
  if (buffer_.size() == 0 && buffer_.capacity() > kept_bytes_max)
    buffer_.shrink_to_fit();
  early_.reset();
  run = nullptr;
  parser_.emplace(request, home_->options().header_bytes_max);
  phase_ = phase::header;
  due_in(home_->options().idle_timeout);
}

void connection::read_more() {
  if (reading_ || phase_ == phase::closed)
    return;
  const bool idle =
      phase_ == phase::answering || phase_ == phase::writing || phase_ == phase::streaming;
  if (idle && buffer_.size() >= ahead_bytes_max)
    return;
  // While a body arrives nothing is parsed but what a read brought: it may go straight there.
  const bool set_aside = phase_ != phase::body && phase_ != phase::draining;
  reading_ = true;
  socket_.async_read_some(
      set_aside ? asio::buffer(incoming_) : asio::mutable_buffer(buffer_.prepare(body_read_bytes)),
      [this, set_aside](const boost::system::error_code& failed, std::size_t bytes) {
        on_read(failed, bytes, set_aside);
        release_if_over();
      });
}

void connection::on_read(const boost::system::error_code& failed, std::size_t bytes,
                         bool set_aside) {
  reading_ = false;
  if (phase_ == phase::closed)
    return;
  if (failed)
    return on_peer_gone(failed == asio::error::eof);
  if (set_aside)
    asio::buffer_copy(buffer_.prepare(bytes), asio::buffer(incoming_, bytes));
  buffer_.commit(bytes);
  if (phase_ == phase::draining)
    return drain(bytes);
  if (phase_ == phase::header || phase_ == phase::body)
    parse();
  read_more();
}

void connection::on_peer_gone(bool half) {
  // A client may have closed its sending half and still wait for what it asked.
  if (half)
    close_when_answered();
  else
    close();
}

// Who waits for a change is owed nothing before there is one.
bool connection::owes_answer() const {
  return phase_ == phase::writing || (phase_ == phase::answering && !may_block);
}

void connection::close_when_answered() {
  if (owes_answer())
    close_after_ = true;
  else
    close();
}

void connection::parse() {
  while ((phase_ == phase::header || phase_ == phase::body) && parse_some()) {
  }
}

// False: more bytes are needed, or nothing is left to do.
bool connection::parse_some() {
  if (phase_ == phase::header && buffer_.size() == 0)
    return false;
  boost::system::error_code failed;
  const bool fresh = !parser_->got_some();
  const auto used = parser_->put(buffer_.data(), failed);
  buffer_.consume(used);
  if (failed == http::error::need_more) {
    if (phase_ == phase::header && fresh)
      due_in(home_->options().header_timeout);
    return false;
  }
  if (failed == http::error::body_limit) {
    body_is_left_ = true;
    phase_ = phase::answering;
    if (early_)
      early_->close = true;
    respond(early_ ? std::move(*early_) : home_->entry().too_large(*this, parser_->body_bytes()));
    return false;
  }
  if (failed) {
    refuse_malformed(failed == http::error::header_limit);
    return false;
  }
  if (phase_ == phase::header)
    on_header();
  if (phase_ == phase::body && parser_->is_done())
    on_request();
  return phase_ == phase::body && buffer_.size() > 0;
}

void connection::on_header() {
  const auto told = parser_->content_length();
  request.body_bytes_told = told ? static_cast<std::size_t>(*told) : 0;
  auto start = home_->entry().begin(*this);
  const bool has_body = !parser_->is_done();
  if (start.early && has_body &&
      (parser_->expects_continue() || start.early->close ||
       request.body_bytes_told > discarded_bytes_max)) {
    body_is_left_ = true;
    start.early->close = true;
    phase_ = phase::answering;
    return respond(std::move(*start.early));
  }
  if (start.early) {
    early_ = std::move(start.early);
    parser_->discard_body();
  }
  parser_->body_bytes_max(early_ ? discarded_bytes_max : start.body_bytes_max);
  parser_->eager(true);
  phase_ = phase::body;
  if (!has_body)
    return;
  due_in(home_->options().body_timeout);
  if (parser_->expects_continue() && buffer_.size() == 0) {
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    // The first bytes of this answer: a fresh socket takes them, and a client that never sees them
    // sends its body all the same after a while.
    (void)::send(socket_.native_handle(), go_on.data(), go_on.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
}

void connection::refuse_malformed(bool header_too_large) {
  phase_ = phase::answering;
  body_is_left_ = true;
  auto response = header_too_large ? text_response(431, "431 Request Header Fields Too Large")
                                   : text_response(400, "400 Bad Request");
  response.close = true;
  respond(std::move(response));
}

void connection::on_request() {
  phase_ = phase::answering;
  due_tick_ = UINT64_MAX;  // the gateway watches it now
  if (!parser_->keep_alive())
    close_after_ = true;
  if (early_)
    respond(std::move(*early_));
  else
    home_->entry().handle(*this);
}

// -- writing -----------------------------------------------------------------

// All of the head but the lines that say how long the body is, and its end.
void connection::put_head(const api_response& response) {
  close_after_ = close_after_ || response.close;
  const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
  out_.assign("HTTP/1.1 ");
  out_.append(std::to_string(response.status)).append(" ");
  out_.append(reason.data(), reason.size()).append("\r\n");
  out_.append(response.header_lines());
  if (!response.content_type.empty())
    out_.append("Content-Type: ").append(response.content_type).append("\r\n");
  out_.append("Date: ").append(home_->date()).append("\r\n");
  body_.clear();
  written_ = 0;
}

void connection::respond(api_response response) {
  if (phase_ == phase::closed)
    return;
  home_->entry().finish(response, request);
  put_head(response);
  out_.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
  if (close_after_)
    out_.append("Connection: close\r\n");
  else if (parser_->is_http_1_0())
    out_.append("Connection: keep-alive\r\n");
  out_.append("\r\n");
  if (request.method == http_method::head)
    response.body.clear();
  if (response.body.size() <= joined_body_bytes_max)
    out_.append(response.body);
  else
    body_ = std::move(response.body);
  phase_ = phase::writing;
  write_more();
}

void connection::respond_with(api_response head, std::unique_ptr<body_stream> body) {
  if (phase_ == phase::closed)
    return;
  home_->entry().finish(head, request);
  put_head(head);
  // Who speaks HTTP/1.0 knows no chunks: his body ends with the connection.
  out_.append(parser_->is_http_1_0() ? "Connection: close\r\n\r\n"
                                     : "Transfer-Encoding: chunked\r\n\r\n");
  phase_ = phase::streaming;
  stream_ = std::move(body);
  write_more();
  stream_->start([this] { stream_more(); });
}

// The next piece, unless the client has not taken the last one yet.
void connection::stream_more() {
  if (phase_ != phase::streaming || writing_)
    return;
  auto piece = stream_->take();
  due_tick_ = UINT64_MAX;
  if (piece.empty())
    return;
  out_.clear();
  if (!parser_->is_http_1_0()) {
    std::array<char, 2 * sizeof(std::size_t)> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), piece.size(), 16).ptr;
    out_.assign(digits.data(), end).append("\r\n");
    piece.append("\r\n");
  }
  body_ = std::move(piece);
  written_ = 0;
  write_more();
}

void connection::write_more() {
  due_in(write_stall_timeout);
  const auto head = std::min(written_, out_.size());
  const auto of_body = written_ - head;
  const std::array<asio::const_buffer, 2> rest{
      asio::buffer(out_.data() + head, out_.size() - head),
      asio::buffer(body_.data() + of_body, body_.size() - of_body)};
  writing_ = true;
  const auto done = [this](const boost::system::error_code& failed, std::size_t bytes) {
    on_written(failed, bytes);
    release_if_over();
  };
  if (body_.empty())
    socket_.async_write_some(rest[0], done);
  else
    socket_.async_write_some(rest, done);
}

void connection::on_written(const boost::system::error_code& failed, std::size_t bytes) {
  writing_ = false;
  if (phase_ == phase::closed)
    return;
  if (failed)
    return close();
  written_ += bytes;
  if (written_ < out_.size() + body_.size())
    return write_more();
  if (phase_ == phase::streaming)
    return stream_more();
  on_answered();
}

void connection::on_answered() {
  if (close_after_ && body_is_left_) {
    boost::system::error_code ignored;
    socket_.shutdown(socket::shutdown_send, ignored);
    phase_ = phase::draining;
    due_in(drain_timeout);
    return drain(buffer_.size());
  }
  if (close_after_)
    return close();
  begin_request();
  parse();
  read_more();
}

void connection::drain(std::size_t bytes) {
  drained_ += bytes;
  buffer_.consume(buffer_.size());
  if (drained_ > drained_bytes_max)
    return close();
  read_more();
}

// -- the end -----------------------------------------------------------------

void connection::close() {
  if (phase_ == phase::closed)
    return;
  if (phase_ == phase::answering)
    home_->entry().abandon(*this);
  phase_ = phase::closed;
  stream_.reset();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void connection::sweep() {
  if (phase_ != phase::closed && home_->tick() >= due_tick_)
    close();
  release_if_over();
}

// The last thing a handler does: nothing of this object may be touched afterwards.
void connection::release_if_over() {
  if (is_over())
    home_->release(*this);
}

}  // namespace troupe::gateway
