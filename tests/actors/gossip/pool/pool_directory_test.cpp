#include "actors/gossip/pool_directory.hpp"

#include <gtest/gtest.h>

namespace troupe::actors::gossip {
namespace {

swim::member_identity identity_at(std::uint16_t port) {
  return {.where = {*ip_address::parse("127.0.0.1"), port}, .meta = "tags"};
}

TEST(pool_directory, describes_a_member_once_for_all_who_ask) {
  pool_directory directory;
  const auto member = *directory.numbers().intern("a");
  const auto identity = directory.numbers().intern_identity(member, identity_at(1));
  const auto one = directory.described(member, identity);
  EXPECT_EQ(one->name, "a");
  EXPECT_EQ(one->where.port, 1);
  EXPECT_EQ(directory.described(member, identity), one);
}

TEST(pool_directory, does_not_take_one_for_another_whose_number_it_has) {
  pool_directory directory;
  auto& numbers = directory.numbers();
  const auto first = *numbers.intern("a");
  const auto held = directory.described(first, numbers.intern_identity(first, identity_at(1)));
  numbers.drop_unused();  // nobody acquired it
  const auto second = *numbers.intern("b");
  const auto identity = numbers.intern_identity(second, identity_at(2));
  EXPECT_EQ(directory.described(second, identity)->name, "b");
  EXPECT_EQ(held->name, "a");
}

}  // namespace
}  // namespace troupe::actors::gossip
