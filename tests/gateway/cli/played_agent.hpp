// Commands run against an agent that is played: it notes what it is asked and answers as told.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <gtest/gtest.h>

#include "gateway/cli/cli.hpp"

namespace troupe::gateway::cli::testing {

struct played_answer {
  unsigned status = 200;
  std::string body;
};

class played_agent {
 public:
  played_agent()
      : acceptor_(io_, {boost::asio::ip::make_address("127.0.0.1"), 0}),
        address_("127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port())) {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~played_agent() {
    io_.stop();
    thread_.join();
  }
  played_agent(const played_agent&) = delete;
  played_agent& operator=(const played_agent&) = delete;

  const std::string& address() const { return address_; }

  // In order; once they are used up the agent answers 200 with an empty body.
  void answers(played_answer what) {
    const std::lock_guard lock(mutex_);
    to_come_.push_back(std::move(what));
  }

  // "PUT /v1/agent/join/a?wan=1", and the body behind a blank if there is one.
  std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void accept() {
    acceptor_.async_accept([this](const auto& why, boost::asio::ip::tcp::socket socket) {
      if (why)
        return;
      converse(socket);
      accept();
    });
  }

  void converse(boost::asio::ip::tcp::socket& socket) {
    namespace http = boost::beast::http;
    boost::system::error_code broken;
    boost::beast::flat_buffer buffer;
    http::request<http::string_body> request;
    http::read(socket, buffer, request, broken);
    if (broken)
      return;
    const auto answer = note(request);
    http::response<http::string_body> response(static_cast<http::status>(answer.status), 11);
    response.body() = answer.body;
    response.prepare_payload();
    http::write(socket, response, broken);
  }

  template <class Request>
  played_answer note(const Request& request) {
    const std::lock_guard lock(mutex_);
    auto line = std::string(request.method_string()) + " " + std::string(request.target());
    if (!request.body().empty())
      line += " " + request.body();
    asked_.push_back(std::move(line));
    if (to_come_.empty())
      return {};
    auto answer = std::move(to_come_.front());
    to_come_.pop_front();
    return answer;
  }

  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::string address_;
  mutable std::mutex mutex_;
  std::deque<played_answer> to_come_;
  std::vector<std::string> asked_;
  std::thread thread_;
};

struct outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
};

// run(): a command of one word, told where the agent is.
class command_test : public ::testing::Test {
 protected:
  outcome run(std::vector<std::string> words) {
    words.insert(words.begin() + 1, "-http-addr=" + agent_.address());
    return run_as_typed(std::move(words));
  }

  outcome run_as_typed(std::vector<std::string> words) {
    outcome seen;
    const terminal with{.out = [&](std::string_view text) { seen.out += text; },
                        .err = [&](std::string_view text) { seen.err += text; },
                        .read_input = [] { return std::string(); }};
    seen.exit_code = cli::run(words, {}, with);
    return seen;
  }

  using lines = std::vector<std::string>;

  played_agent agent_;
};

}  // namespace troupe::gateway::cli::testing
