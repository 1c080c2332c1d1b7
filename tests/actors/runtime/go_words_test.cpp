#include "actors/runtime/go_words.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <gtest/gtest.h>

namespace troupe::actors {
namespace {

namespace error = boost::asio::error;

TEST(go_words, names_a_systems_error_as_go_does) {
  EXPECT_EQ(go_words(error::connection_refused), "connection refused");
  EXPECT_EQ(go_words(error::host_unreachable), "no route to host");
  EXPECT_EQ(go_words(error::eof), "EOF");
  EXPECT_EQ(go_words(boost::asio::ssl::error::stream_truncated), "EOF");
  EXPECT_EQ(go_words(error::timed_out), "i/o timeout");
  EXPECT_EQ(go_words(error::operation_aborted), "operation was canceled");
}

TEST(go_words, a_dial_names_the_call_unless_its_time_was_over) {
  EXPECT_EQ(go_dial_error("tcp", "127.0.0.1:1", error::connection_refused),
            "dial tcp 127.0.0.1:1: connect: connection refused");
  EXPECT_EQ(go_dial_error("tcp", "[::1]:1", error::timed_out), "dial tcp [::1]:1: i/o timeout");
  EXPECT_EQ(go_connect_words(error::network_unreachable), "connect: network is unreachable");
}

TEST(go_words, a_stream_names_the_call_and_its_end_stays_alone) {
  EXPECT_EQ(go_stream_error("read tcp", "127.0.0.1:80", error::connection_reset),
            "read tcp 127.0.0.1:80: read: connection reset by peer");
  EXPECT_EQ(go_stream_error("write tcp", "127.0.0.1:80", error::timed_out),
            "write tcp 127.0.0.1:80: i/o timeout");
  EXPECT_EQ(go_stream_error("read tcp", "127.0.0.1:80", error::eof), "EOF");
}

TEST(go_words, a_name_that_nobody_knows_is_no_such_host) {
  EXPECT_EQ(go_lookup_error("tcp", "nosuch.example", error::host_not_found),
            "dial tcp: lookup nosuch.example: no such host");
  EXPECT_EQ(go_lookup_words("nosuch.example", error::no_data),
            "lookup nosuch.example: no such host");
  EXPECT_EQ(go_lookup_error("udp", "slow.example", error::timed_out),
            "dial udp: lookup slow.example: i/o timeout");
}

}  // namespace
}  // namespace troupe::actors
