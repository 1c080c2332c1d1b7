#include "actors/registry/content_hash.hpp"

#include <gtest/gtest.h>

#include "messages/json_codec.hpp"

namespace troupe::actors {
namespace {

messages::AgentService service(std::string_view json) {
  messages::AgentService parsed;
  EXPECT_TRUE(messages::from_json(json, parsed).has_value());
  return parsed;
}

constexpr auto foo = R"({"ID": "foo", "Service": "foo", "Tags": ["bar", "baz"], "Port": 8000,
                         "Weights": {"Passing": 1, "Warning": 1}, "Datacenter": "dc1"})";

TEST(content_hash, is_what_the_official_client_expects) {
  EXPECT_EQ(content_hash(service(foo)), "c4bb6737c185ed93");
}

TEST(content_hash, moves_with_every_part_that_a_client_sees) {
  const auto before = content_hash(service(foo));
  for (const auto* change :
       {R"({"Tags": ["baz"]})", R"({"Port": 1})", R"({"Meta": {"a": "b"}})",
        R"({"Weights": {"Passing": 2}})", R"({"Connect": {"Native": true}})",
        R"({"Proxy": {"DestinationServiceName": "web"}})", R"({"Ports": [{"Name": "a"}]})",
        R"({"TaggedAddresses": {"lan": {"Address": "10.0.0.1", "Port": 1}}})"}) {
    auto changed = service(foo);
    ASSERT_TRUE(messages::from_json(change, changed).has_value());
    EXPECT_NE(content_hash(changed), before) << change;
  }
}

TEST(content_hash, does_not_depend_on_the_order_of_maps) {
  auto a = service(foo);
  auto b = service(foo);
  for (int i = 0; i < 20; ++i) {
    (*a.mutable_meta())[std::to_string(i)] = "v";
    (*b.mutable_meta())[std::to_string(19 - i)] = "v";
  }
  EXPECT_EQ(content_hash(a), content_hash(b));
}

}  // namespace
}  // namespace troupe::actors
