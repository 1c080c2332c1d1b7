// One client's connection: reads requests, one at a time, and writes their answers in order. What
// is sent ahead waits, bounded, in its buffer. All of it happens on its lane's io_thread.
//
//   header -> body -> answering -> writing -> header ...
//                                          -> draining -> closed
//                               -> streaming -> closed
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "gateway/http/exchange.hpp"
#include "gateway/http/gateway_options.hpp"
#include "gateway/http/request_parser.hpp"

namespace troupe::gateway {

class lane;

class connection final : public exchange {
 public:
  using socket = boost::asio::generic::stream_protocol::socket;

  connection(lane& home, socket client, std::string client_address);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  void start();
  // Ends what has taken too long. Once a second.
  void sweep();
  void close();
  // At once, or after the answer that is owed.
  void close_when_answered();

  void respond(api_response response) override;
  void respond_with(api_response head, std::unique_ptr<body_stream> body) override;

  std::size_t place = 0;  // in the lane's list

  bool is_over() const { return phase_ == phase::closed && !reading_ && !writing_; }
  const std::string& counted_as() const { return counted_as_; }

 private:
  enum class phase : std::uint8_t { header, body, answering, writing, streaming, draining, closed };

  void begin_request();
  void read_more();
  void on_read(const boost::system::error_code& failed, std::size_t bytes, bool set_aside);
  void on_peer_gone(bool half);
  bool owes_answer() const;
  void parse();
  bool parse_some();
  void on_header();
  void refuse_malformed(bool header_too_large);
  void on_request();
  void put_head(const api_response& response);
  void stream_more();
  void write_more();
  void on_written(const boost::system::error_code& failed, std::size_t bytes);
  void on_answered();
  void drain(std::size_t bytes);
  void release_if_over();
  void due_in(std::chrono::seconds delay);

  lane* home_;
  socket socket_;
  boost::beast::flat_buffer buffer_;
  // Where a read lands that may still be under way when the next request is parsed: parsing moves
  // what is in buffer_, and what is being read must not move.
  std::array<char, 2048> incoming_;
  std::optional<request_parser> parser_;
  std::optional<api_response> early_;
  std::unique_ptr<body_stream> stream_;
  std::string out_;   // head, and body if it is small
  std::string body_;  // a large one
  std::size_t written_ = 0;
  std::size_t drained_ = 0;
  std::uint64_t due_tick_ = 0;
  std::string counted_as_;
  phase phase_ = phase::header;
  bool reading_ = false;
  bool writing_ = false;
  bool close_after_ = false;
  bool body_is_left_ = false;  // what was refused may still be arriving
};

}  // namespace troupe::gateway
