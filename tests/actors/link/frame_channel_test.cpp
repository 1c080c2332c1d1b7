// Frames over a pair of connected sockets: whatever pieces they come in, and what is none.
#include "actors/link/frame_channel.hpp"

#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace troupe::actors::link {
namespace {

using namespace std::chrono_literals;

std::string bytes_of(const messages::LinkFrame& frame) {
  const auto body = frame.SerializeAsString();
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>(body.size() >> shift & 0xff));
  return bytes + body;
}

messages::LinkFrame frame_with(std::uint64_t ticket, std::size_t content_bytes = 3) {
  messages::LinkFrame frame;
  auto& request = *frame.add_requests();
  request.set_ticket(ticket);
  request.set_content(std::string(content_bytes, 'x'));
  return frame;
}

struct frame_channel_test : testing::Test {
  frame_channel_test() {
    int both[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, both), 0);
    other = both[1];
    channel = std::make_unique<frame_channel>(
        io, make_plain_stream(both[0]), limits,
        frame_channel::needs{[this](const messages::LinkFrame& frame) {
                               for (const auto& request : frame.requests())
                                 seen.push_back(request.ticket());
                               if (closes_at_once)
                                 channel.reset();
                             },
                             [this](const std::string& why) { ended.push_back(why); }});
  }
  ~frame_channel_test() override { hang_up(); }

  void say(std::string_view bytes) {
    ASSERT_EQ(::send(other, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
    turn();
  }
  void turn() {
    io.restart();
    io.run_for(1ms);
  }
  std::string heard() {
    std::string all(1 << 20, '\0');
    const auto bytes = ::recv(other, all.data(), all.size(), 0);
    all.resize(bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
    return all;
  }
  void hang_up() {
    if (std::exchange(is_up, false))
      ::close(other);
  }

  frame_limits limits{.frame_bytes_max = 100'000, .unsent_bytes_max = 1'000'000};
  boost::asio::io_context io;
  int other = -1;
  bool is_up = true;
  bool closes_at_once = false;
  std::vector<std::uint64_t> seen;
  std::vector<std::string> ended;
  std::unique_ptr<frame_channel> channel;
};

using tickets = std::vector<std::uint64_t>;
using reasons = std::vector<std::string>;

TEST_F(frame_channel_test, takes_frames_in_pieces_of_any_size) {
  const auto bytes = bytes_of(frame_with(1)) + bytes_of(frame_with(2)) + bytes_of({});
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    seen.clear();
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      say(std::string_view(bytes).substr(at, piece));
    ASSERT_EQ(seen, (tickets{1, 2})) << "pieces of " << piece;
  }
  EXPECT_EQ(ended, reasons{});
}

TEST_F(frame_channel_test, takes_a_frame_that_is_larger_than_one_read) {
  const auto bytes = bytes_of(frame_with(7, 90'000));
  say(std::string_view(bytes).substr(0, 70'000));
  EXPECT_EQ(seen, tickets{});
  say(std::string_view(bytes).substr(70'000));
  say(bytes_of(frame_with(8)));
  EXPECT_EQ(seen, (tickets{7, 8}));
}

TEST_F(frame_channel_test, ends_with_what_is_no_frame_or_too_large_a_one) {
  say("\xff\xff\xff\xff");
  EXPECT_EQ(ended, reasons{"a frame that is too large"});
  channel->send(frame_with(1));
  EXPECT_EQ(heard(), "");
}

TEST_F(frame_channel_test, ends_with_a_malformed_frame) {
  say({"\0\0\0\2\xff\xff", 6});
  EXPECT_EQ(ended, reasons{"a malformed frame"});
}

TEST_F(frame_channel_test, tells_once_that_the_other_side_hung_up) {
  hang_up();
  turn();
  turn();
  EXPECT_EQ(ended, reasons{"EOF"});
}

TEST_F(frame_channel_test, may_be_closed_by_what_it_tells) {
  closes_at_once = true;
  say(bytes_of(frame_with(1)) + bytes_of(frame_with(2)));
  EXPECT_EQ(seen, tickets{1});
  EXPECT_EQ(ended, reasons{});
}

TEST_F(frame_channel_test, sends_at_once_what_the_socket_takes_and_the_rest_when_it_may) {
  const auto one = frame_with(1, 50'000);
  std::string wanted;
  for (int i = 0; i < 15; ++i) {
    channel->send(one);
    wanted += bytes_of(one);
  }
  std::string all;
  for (int i = 0; i < 1000 && all.size() < wanted.size(); ++i) {
    all += heard();
    turn();
  }
  EXPECT_EQ(all, wanted);
  EXPECT_EQ(ended, reasons{});
}

TEST_F(frame_channel_test, ends_when_the_other_side_does_not_read) {
  const auto one = frame_with(1, 90'000);
  for (int i = 0; i < 1000 && ended.empty(); ++i) {
    channel->send(one);
    turn();
  }
  EXPECT_EQ(ended, reasons{"the other side does not read"});
}

}  // namespace
}  // namespace troupe::actors::link
