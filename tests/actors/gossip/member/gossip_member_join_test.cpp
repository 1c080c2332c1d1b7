#include "actors/gossip/gossip_member_join.hpp"

#include <gtest/gtest.h>

#include "messages/limits.hpp"

namespace troupe::tests {

using actors::gossip::join_round;
using actors::gossip::parse_join_address;

namespace {

constexpr std::uint16_t own_port = 8301;

std::string parsed(std::string_view text) {
  const auto address = parse_join_address(text, own_port);
  return address ? address->host + " " + std::to_string(address->port) : "none";
}

}  // namespace

TEST(join_address, is_a_host_or_an_ip_with_or_without_port_and_name) {
  EXPECT_EQ(parsed("10.0.0.1"), "10.0.0.1 8301");
  EXPECT_EQ(parsed("10.0.0.1:9"), "10.0.0.1 9");
  EXPECT_EQ(parsed("server.example"), "server.example 8301");
  EXPECT_EQ(parsed("server.example:7946"), "server.example 7946");
  EXPECT_EQ(parsed("[::1]:9"), "::1 9");
  EXPECT_EQ(parsed("[::1]"), "::1 8301");
  EXPECT_EQ(parsed("::1"), "::1 8301");
  EXPECT_EQ(parsed("n1.dc2/10.0.0.1:8302"), "10.0.0.1 8302");
}

TEST(join_address, that_is_none_is_refused) {
  for (const char* text :
       {"", ":8301", "host:", "host:x", "host:65536", "host:0", "[::1", "[::1]9", "name/"})
    EXPECT_EQ(parsed(text), "none") << text;
}

TEST(join_round, tries_a_bounded_number_at_once_and_ends_when_all_have_ended) {
  messages::JoinPool request;
  const auto parallel_max = static_cast<int>(messages::limits::pool_join_parallel_max);
  for (int i = 0; i < parallel_max + 3; ++i)
    request.add_addresses("10.0.0.1");
  request.add_addresses("no:port:here:x/");
  join_round round(request, own_port);
  auto first = round.take_next();
  ASSERT_EQ(first.size(), messages::limits::pool_join_parallel_max);
  EXPECT_TRUE(round.take_next().empty());
  for (const auto& each : first)
    round.on_joined(each);
  const auto rest = round.take_next();
  ASSERT_EQ(rest.size(), 3U);
  EXPECT_FALSE(round.is_done());
  for (const auto& each : rest)
    round.on_failed(each, "refused");
  EXPECT_TRUE(round.is_done());
  EXPECT_EQ(round.result().joined(), parallel_max);
  EXPECT_EQ(round.result().errors_size(), 4);
}

TEST(join_round, counts_each_address_of_a_name) {
  messages::JoinPool request;
  request.add_addresses("many.example");
  join_round round(request, own_port);
  const auto at = round.take_next().at(0);
  round.on_resolved(2);
  round.on_joined(at);
  EXPECT_FALSE(round.is_done());
  round.on_failed(at, "refused");
  EXPECT_TRUE(round.is_done());
}

TEST(join_round, of_a_name_without_addresses_is_done) {
  messages::JoinPool request;
  request.add_addresses("none.example");
  join_round round(request, own_port);
  (void)round.take_next();
  round.on_resolved(0);
  EXPECT_TRUE(round.is_done());
}

}  // namespace troupe::tests
