// TCP and UDP probes against sockets of this test.
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <gtest/gtest.h>

#include "probe_fixture.hpp"

namespace troupe::actors {
namespace {

using boost::asio::ip::tcp;
using boost::asio::ip::udp;

class socket_probe_test : public probe_fixture {
 protected:
  static messages::CheckDefinition to_tcp(const std::string& address) {
    messages::CheckDefinition definition;
    definition.set_tcp(address);
    return definition;
  }
  static messages::CheckDefinition to_udp(const std::string& address) {
    messages::CheckDefinition definition;
    definition.set_udp(address);
    definition.set_timeout(std::chrono::nanoseconds{std::chrono::milliseconds{200}}.count());
    return definition;
  }
};

TEST_F(socket_probe_test, passes_where_tcp_connects) {
  tcp::acceptor listener(io_, {boost::asio::ip::make_address("127.0.0.1"), 0});
  const auto address = "127.0.0.1:" + std::to_string(listener.local_endpoint().port());
  EXPECT_EQ(run(to_tcp(address)),
            (check_result{check_status::passing, "TCP connect " + address + ": Success"}));
  const auto by_name = "localhost:" + std::to_string(listener.local_endpoint().port());
  EXPECT_EQ(run(to_tcp(by_name)).status, check_status::passing);
}

TEST_F(socket_probe_test, is_critical_where_tcp_is_refused) {
  EXPECT_EQ(
      run(to_tcp("127.0.0.1:1")),
      (check_result{check_status::critical, "dial tcp 127.0.0.1:1: connect: connection refused"}));
}

TEST_F(socket_probe_test, says_what_is_wrong_with_an_address) {
  EXPECT_EQ(run(to_tcp("nonsense")).output, "dial tcp: address nonsense: missing port in address");
}

// A listener whose backlog is full answers no SYN.
TEST_F(socket_probe_test, ends_at_its_timeout_where_nothing_answers) {
  tcp::acceptor listener(io_);
  listener.open(tcp::v4());
  listener.bind({boost::asio::ip::make_address("127.0.0.1"), 0});
  listener.listen(0);
  tcp::socket first(io_);
  tcp::socket second(io_);
  first.connect(listener.local_endpoint());
  boost::system::error_code ignored;
  second.non_blocking(true, ignored);
  const auto address = "127.0.0.1:" + std::to_string(listener.local_endpoint().port());
  auto definition = to_tcp(address);
  definition.set_timeout(std::chrono::nanoseconds{std::chrono::milliseconds{300}}.count());
  const auto result = run(definition);
  EXPECT_EQ(result,
            (check_result{check_status::critical, "dial tcp " + address + ": i/o timeout"}));
}

TEST_F(socket_probe_test, tells_nothing_after_a_cancel) {
  tcp::acceptor listener(io_, {boost::asio::ip::make_address("127.0.0.1"), 0});
  auto probe = *make_probe(
      plan(to_tcp("127.0.0.1:" + std::to_string(listener.local_endpoint().port()))), environment_);
  bool told = false;
  probe->start([&](const check_result&) { told = true; });
  probe->cancel();
  io_.run_for(std::chrono::milliseconds{300});
  EXPECT_FALSE(told);
}

TEST_F(socket_probe_test, is_critical_where_udp_is_refused) {
  udp::socket taken(io_, {boost::asio::ip::make_address("127.0.0.1"), 0});
  const auto port = taken.local_endpoint().port();
  taken.close();
  const auto address = "127.0.0.1:" + std::to_string(port);
  EXPECT_EQ(
      run(to_udp(address)),
      (check_result{check_status::critical, "read udp " + address + ": read: connection refused"}));
}

TEST_F(socket_probe_test, passes_where_udp_stays_silent) {
  udp::socket silent(io_, {boost::asio::ip::make_address("127.0.0.1"), 0});
  const auto address = "127.0.0.1:" + std::to_string(silent.local_endpoint().port());
  EXPECT_EQ(run(to_udp(address)),
            (check_result{check_status::passing, "UDP connect " + address + ": Success"}));
}

}  // namespace
}  // namespace troupe::actors
