#include "actors/router/query_validation.hpp"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "messages/limits.hpp"

namespace troupe::actors::router {
namespace {

namespace limits = messages::limits;

messages::PreparedQuerySet set_of(const std::string& query) {
  messages::PreparedQuerySet set;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(query, set.mutable_query())) << query;
  set.mutable_query()->set_id("11111111-1111-1111-1111-111111111111");
  return set;
}
std::string refusal(const messages::PreparedQuerySet& set) {
  const auto valid = validate_query(set);
  return valid ? "" : valid.error().detail;
}
std::string refusal(const std::string& query) {
  return refusal(set_of(query));
}
std::string with_meta(const std::string& key, const std::string& value) {
  auto set = set_of("name: 'q' service { service: 'web' }");
  (*set.mutable_query()->mutable_service()->mutable_node_meta())[key] = value;
  return refusal(set);
}

TEST(validate_query, lets_sound_definitions_pass) {
  EXPECT_EQ(refusal("name: 'q' service { service: 'web' } dns { ttl: '0s' }"), "");
  EXPECT_EQ(refusal("session: 's' service { service: 'web' }"), "") << "the state knows sessions";
  EXPECT_EQ(refusal("token: 't' service { service: 'web' }"), "");
  EXPECT_EQ(refusal("template { type: 'name_prefix_match' } service { service: '${name.full}' }"),
            "");
  EXPECT_EQ(refusal("name: 'q' service { service: '${' }"), "") << "it is no template";
  EXPECT_EQ(refusal("name: 'q' service { service: 'web' failover { nearest_n: 2"
                    " datacenters: 'dc2' } }"),
            "");
}

TEST(validate_query, refuses_with_the_recorded_texts) {
  EXPECT_EQ(refusal("service { service: 'web' }"),
            "Invalid prepared query: Must be bound to a session");
  EXPECT_EQ(refusal("name: 'q'"), "Invalid prepared query: Must provide a Service name to query");
  EXPECT_EQ(refusal("name: 'q' token: '<hidden>' service { service: 'web' }"),
            "Invalid prepared query: Bad Token '<hidden>', it looks like a query definition with a "
            "redacted token was submitted");
  EXPECT_EQ(refusal("name: 'q' service { service: 'web' failover { nearest_n: -1 } }"),
            "Invalid prepared query: Bad NearestN '-1', must be >= 0");
  EXPECT_EQ(refusal("name: 'q' service { service: 'web' } dns { ttl: 'zz' }"),
            "Invalid prepared query: Bad DNS TTL 'zz': time: invalid duration \"zz\"");
  EXPECT_EQ(refusal("name: 'q' service { service: 'web' } dns { ttl: '-2s' }"),
            "Invalid prepared query: DNS TTL '-2000000000', must be >=0");
  EXPECT_EQ(refusal("name: 'q' template { type: 'zonk' } service { service: 'web' }"),
            "raft apply failed: failed compiling template: Bad Template.Type 'zonk'");
}

TEST(validate_query, refuses_targets_beside_other_ways_to_fail_over) {
  const std::string why =
      "Invalid prepared query: Targets cannot be populated with NearestN or Datacenters";
  EXPECT_EQ(refusal("name: 'q' service { service: 'web' failover { nearest_n: 1"
                    " targets { peer: 'p' } } }"),
            why);
  EXPECT_EQ(refusal("name: 'q' service { service: 'web' failover { datacenters: 'dc2'"
                    " targets { peer: 'p' } } }"),
            why);
  EXPECT_EQ(refusal("name: 'q' service { service: 'web' failover { targets { peer: 'p' } } }"), "");
}

TEST(validate_query, bounds_names_and_metadata) {
  auto set = set_of("service { service: 'web' }");
  set.mutable_query()->set_name(std::string(limits::query_name_bytes_max, 'q'));
  EXPECT_EQ(refusal(set), "");
  set.mutable_query()->mutable_name()->push_back('q');
  EXPECT_NE(refusal(set), "");
  EXPECT_EQ(with_meta("k", std::string(limits::meta_value_bytes_max, 'v')), "");
  EXPECT_EQ(with_meta("", "v"),
            "Invalid prepared query: Invalid NodeMeta filter: Couldn't load metadata pair ('', "
            "'v'): Key cannot be blank");
  EXPECT_NE(with_meta(std::string(limits::meta_key_bytes_max + 1, 'k'), "v"), "");
  EXPECT_NE(with_meta("k", std::string(limits::meta_value_bytes_max + 1, 'v')), "");
  auto many = set_of("name: 'q' service { service: 'web' }");
  auto& meta = *many.mutable_query()->mutable_service()->mutable_node_meta();
  for (std::size_t i = 0; i < limits::meta_pairs_max; ++i)
    meta["k" + std::to_string(i)] = "v";
  EXPECT_EQ(refusal(many), "");
  meta["one more"] = "v";
  EXPECT_EQ(refusal(many),
            "Invalid prepared query: Invalid NodeMeta filter: Node metadata cannot contain more "
            "than 64 key/value pairs");
}

TEST(validate_query, wants_an_id_of_the_right_length) {
  auto set = set_of("name: 'q' service { service: 'web' }");
  set.mutable_query()->set_id("abc");
  const std::string why =
      "Prepared Query lookup failed: failed prepared query lookup: index error: UUID must be 36 "
      "characters";
  EXPECT_EQ(refusal(set), why);
  EXPECT_EQ(validate_query_id("abc").error().detail, why);
  EXPECT_TRUE(validate_query_id("11111111-1111-1111-1111-111111111111"));
}

}  // namespace
}  // namespace troupe::actors::router
