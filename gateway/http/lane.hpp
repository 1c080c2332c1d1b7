// The connections of one io_thread, and its clock: one sweep a second instead of a timer a request.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "gateway/http/connection.hpp"

namespace troupe::gateway {

class lane {
 public:
  // `on_closed` is called with the counted address of each connection that ended.
  lane(boost::asio::io_context& io, std::shared_ptr<http_gateway> entry, connection_options options,
       std::function<void(const std::string&)> on_closed);

  boost::asio::io_context& io() { return io_; }
  http_gateway& entry() { return *entry_; }
  const connection_options& options() const { return options_; }

  // The rest only on the io_thread.
  void start();
  void adopt(connection::socket client, std::string client_address);
  void release(connection& over);
  // Ends every connection, those that an answer is owed to after it, or after
  // limits::http_farewell_timeout; `done` once nothing is left.
  void shut(std::function<void()> done);

  std::uint64_t tick() const { return tick_; }
  // For the Date header, to the second.
  const std::string& date() const { return date_; }

 private:
  void sweep();
  void wait_for_tick();
  void wait_for_farewells();
  // Calls `end` for each, and drops those that are over by it.
  void end_all(void (connection::*end)());
  void tell_if_empty();

  boost::asio::io_context& io_;
  std::shared_ptr<http_gateway> entry_;
  connection_options options_;
  std::function<void(const std::string&)> on_closed_;
  boost::asio::steady_timer timer_;
  std::vector<std::unique_ptr<connection>> connections_;
  std::uint64_t tick_ = 0;
  std::string date_;
  std::function<void()> when_empty_;
  bool is_shut_ = false;
  bool timer_runs_ = false;
};

}  // namespace troupe::gateway
