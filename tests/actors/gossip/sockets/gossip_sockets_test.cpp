#include "actors/gossip/gossip_sockets.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <gtest/gtest.h>

#include "actors/gossip/wire/swim_messages.hpp"
#include "messages/limits.hpp"

namespace troupe::tests {

using namespace actors::gossip;
using namespace std::chrono_literals;
using boost::asio::ip::tcp;

namespace {

std::string encoded(const wire::packet_message& message) {
  std::string bytes;
  wire::encode(message, bytes);
  return bytes;
}

class gossip_sockets_test : public testing::Test {
 protected:
  std::unique_ptr<gossip_sockets> open(std::chrono::nanoseconds timeout = 5s) {
    auto made = gossip_sockets::open(
        io,
        {.bind = {*ip_address::parse("127.0.0.1"), 0}, .stream_timeout = timeout, .frames = {}});
    EXPECT_TRUE(made.has_value());
    return std::move(*made);
  }
  // Runs until it is so; false if that takes too long.
  template <class Condition>
  bool run_until(Condition is_so) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!is_so() && std::chrono::steady_clock::now() < end) {
      io.restart();
      io.run_one_for(100ms);
    }
    return is_so();
  }
  tcp::socket connect(const gossip_sockets& to) {
    tcp::socket socket(io);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), to.local().port});
    return socket;
  }

  boost::asio::io_context io;
  gossip_sockets::handlers nothing{
      .on_datagram = [](std::string_view, const endpoint&) {},
      .on_datagrams_end = [] {},
      .on_request = [](const wire::stream_reader&,
                       const gossip_sockets::reply& reply) { reply(nullptr); }};
};

}  // namespace

TEST_F(gossip_sockets_test, datagrams_arrive_with_the_port_that_answers_go_to) {
  const auto a = open();
  const auto b = open();
  std::string seen;
  endpoint from;
  int ends = 0;
  a->start(nothing);
  auto handle = nothing;
  handle.on_datagram = [&](std::string_view bytes, const endpoint& source) {
    seen = bytes;
    from = source;
  };
  handle.on_datagrams_end = [&] { ++ends; };
  b->start(handle);
  EXPECT_EQ(a->send(b->local(), "hello"), gossip_sockets::sending::sent);
  ASSERT_TRUE(run_until([&] { return ends > 0; }));
  EXPECT_EQ(seen, "hello");
  EXPECT_EQ(from, a->local());
}

TEST_F(gossip_sockets_test, an_exchange_brings_the_request_there_and_the_answer_back) {
  const auto a = open();
  const auto b = open();
  a->start(nothing);
  auto handle = nothing;
  handle.on_request = [](const wire::stream_reader& request, const gossip_sockets::reply& reply) {
    EXPECT_EQ(request.type(), wire::message_type::ping);
    reply(std::make_shared<const std::string>(*wire::encode_stream(
        {}, nullptr, wire::stream_side::answerer, encoded(wire::ack{.sequence_number = 7}))));
  };
  b->start(handle);
  std::optional<std::uint32_t> answered;
  a->exchange(b->local(),
              *wire::encode_stream({}, nullptr, wire::stream_side::dialler,
                                   encoded(wire::ping{.sequence_number = 7, .node = "b"})),
              std::chrono::steady_clock::now() + 5s, [&](gossip_sockets::answer answer) {
                ASSERT_TRUE(answer.has_value());
                EXPECT_EQ((*answer)->type(), wire::message_type::ack);
                answered = wire::decode_ack((*answer)->body())->sequence_number;
              });
  ASSERT_TRUE(run_until([&] { return answered.has_value(); }));
  EXPECT_EQ(*answered, 7U);
}

TEST_F(gossip_sockets_test, a_dial_that_is_refused_fails_with_a_text) {
  const auto a = open();
  endpoint nobody;
  {
    const auto gone = open();
    nobody = gone->local();
  }
  std::string why;
  a->exchange(nobody, "x", std::chrono::steady_clock::now() + 5s,
              [&](const gossip_sockets::answer& answer) { why = answer.error().detail; });
  ASSERT_TRUE(run_until([&] { return !why.empty(); }));
  EXPECT_EQ(why, "dial tcp " + nobody.text() + ": connect: connection refused");
}

TEST_F(gossip_sockets_test, whoever_says_nothing_is_cut_off) {
  const auto a = open(200ms);
  a->start(nothing);
  auto silent = connect(*a);
  std::optional<boost::system::error_code> ended;
  std::array<char, 1> byte{};
  boost::asio::async_read(silent, boost::asio::buffer(byte),
                          [&](const auto& why, std::size_t) { ended = why; });
  ASSERT_TRUE(run_until([&] { return ended.has_value(); }));
  EXPECT_TRUE(*ended);
}

TEST_F(gossip_sockets_test, more_streams_than_the_limit_are_closed_at_once) {
  const auto a = open(30s);
  a->start(nothing);
  std::vector<tcp::socket> silent;
  for (std::size_t i = 0; i < messages::limits::gossip_inbound_streams_max; ++i)
    silent.push_back(connect(*a));
  auto one_more = connect(*a);
  std::optional<boost::system::error_code> ended;
  std::array<char, 1> byte{};
  boost::asio::async_read(one_more, boost::asio::buffer(byte),
                          [&](const auto& why, std::size_t) { ended = why; });
  ASSERT_TRUE(run_until([&] { return ended.has_value(); }));
  EXPECT_TRUE(*ended);
}

TEST_F(gossip_sockets_test, streams_whose_answers_wait_are_not_of_that_limit_and_share_an_answer) {
  const auto a = open(30s);
  const auto b = open();
  std::vector<gossip_sockets::reply> held;
  auto handle = nothing;
  handle.on_request = [&](const wire::stream_reader&, gossip_sockets::reply reply) {
    held.push_back(std::move(reply));
  };
  a->start(handle);
  const auto request = *wire::encode_stream({}, nullptr, wire::stream_side::dialler,
                                            encoded(wire::ping{.sequence_number = 7}));
  constexpr auto count = messages::limits::gossip_inbound_streams_max + 10;
  std::size_t answered = 0;
  for (std::size_t i = 1; i <= count; ++i) {
    b->exchange(a->local(), request, std::chrono::steady_clock::now() + 20s,
                [&](const gossip_sockets::answer& answer) { answered += answer.has_value(); });
    ASSERT_TRUE(run_until([&] { return held.size() == i; }));
  }
  EXPECT_EQ(answered, 0U);
  const auto answer = std::make_shared<const std::string>(*wire::encode_stream(
      {}, nullptr, wire::stream_side::answerer, encoded(wire::ack{.sequence_number = 7})));
  for (const auto& reply : held)
    reply(answer);
  EXPECT_TRUE(run_until([&] { return answered == count; }));
}

TEST_F(gossip_sockets_test, an_end_leaves_no_callback_behind) {
  auto a = open();
  const auto b = open();
  b->start(nothing);  // answers nothing
  bool called = false;
  a->exchange(b->local(), "x", std::chrono::steady_clock::now() + 100ms,
              [&](const gossip_sockets::answer&) { called = true; });
  a.reset();
  io.run_for(300ms);
  EXPECT_FALSE(called);
}

TEST_F(gossip_sockets_test, wake_at_the_last_time_asked_for) {
  const auto sockets = open();
  auto handle = nothing;
  int wakes = 0;
  handle.on_wake = [&] { ++wakes; };
  sockets->start(handle);
  const auto now = std::chrono::steady_clock::now();
  sockets->wake_at(now + 1h);
  sockets->wake_at(now + 1ms);
  EXPECT_TRUE(run_until([&] { return wakes == 1; }));
  EXPECT_GE(std::chrono::steady_clock::now(), now + 1ms);
}

TEST_F(gossip_sockets_test, many_datagrams_at_once_all_arrive_and_end_once_a_turn) {
  const auto a = open();
  const auto b = open();
  a->start(nothing);
  std::vector<std::string> seen;
  std::size_t seen_at_end = 0;
  auto handle = nothing;
  handle.on_datagram = [&](std::string_view bytes, const endpoint&) { seen.emplace_back(bytes); };
  handle.on_datagrams_end = [&] { seen_at_end = seen.size(); };
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(a->send(b->local(), std::to_string(i)), gossip_sockets::sending::sent);
  b->start(handle);
  EXPECT_TRUE(run_until([&] { return seen_at_end == 10; }));
  EXPECT_EQ(seen.front(), "0");
  EXPECT_EQ(seen.back(), "9");
}

}  // namespace troupe::tests
