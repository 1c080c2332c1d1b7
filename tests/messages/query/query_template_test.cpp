#include "messages/query/query_template.hpp"

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "messages/limits.hpp"

namespace troupe::messages::query {
namespace {

PreparedQuery query_of(const std::string& text) {
  PreparedQuery query;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &query)) << text;
  return query;
}
PreparedQuery template_of(const std::string& service, const std::string& regexp = {},
                          const std::string& more = {}) {
  auto query = query_of("name: 'geo-' template { type: 'name_prefix_match' " + more +
                        " } service { " + service + " }");
  query.mutable_template_()->set_regexp(regexp);
  return query;
}
std::string refusal(const PreparedQuery& query) {
  const auto checked = check_query_template(query);
  return checked ? "" : checked.error().detail;
}
QueryService rendered(const PreparedQuery& query, std::string_view name) {
  const auto out = render_query(query, name);
  EXPECT_TRUE(out) << out.error().detail;
  return out ? out->service() : QueryService();
}

TEST(query_template, fills_in_every_text_of_its_service) {
  const auto query = template_of(
      "service: '${name.suffix}' sameness_group: 'g-${name.suffix}'"
      " failover { datacenters: 'dc-${name.suffix}' targets { peer: 'p-${name.suffix}'"
      "   datacenter: 'd-${name.suffix}' } }"
      " ignore_check_ids: 'c-${name.suffix}' near: 'n-${name.suffix}' tags: '!t-${name.suffix}'"
      " node_meta { key: 'nk' value: 'nv-${name.suffix}' }"
      " service_meta { key: 'sk' value: 'sv-${name.suffix}' } peer: 'q-${name.suffix}'");
  const auto expected = query_of(
      "service { service: 'db' sameness_group: 'g-db'"
      " failover { datacenters: 'dc-db' targets { peer: 'p-db' datacenter: 'd-db' } }"
      " ignore_check_ids: 'c-db' near: 'n-db' tags: '!t-db'"
      " node_meta { key: 'nk' value: 'nv-db' } service_meta { key: 'sk' value: 'sv-db' }"
      " peer: 'q-db' }");
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(rendered(query, "geo-db"),
                                                                 expected.service()))
      << rendered(query, "geo-db").ShortDebugString();
}

TEST(query_template, leaves_the_rest_of_the_definition_as_it_stands) {
  auto query = template_of("service: 'web' failover {} only_passing: true");
  query.set_id("${name.full}");
  query.mutable_dns()->set_ttl("10s");
  const auto out = render_query(query, "geo-x");
  ASSERT_TRUE(out);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*out, query))
      << out->ShortDebugString();
}

TEST(query_template, gives_what_its_regular_expression_has_matched) {
  const auto query = template_of("service: '${match(2)}' tags: '${match(1)}' tags: '${match(7)}'",
                                 "^geo-(.*?)-([^\\-]+)$");
  const auto service = rendered(query, "geo-a-b-db");
  EXPECT_EQ(service.service(), "db");
  EXPECT_EQ(service.tags(0), "a-b");
  EXPECT_EQ(service.tags(1), "");
  EXPECT_EQ(rendered(query, "geo-").service(), "") << "it does not match";
}

TEST(query_template, leaves_out_empty_tags_only_if_it_is_told_to) {
  const std::string service = "service: 'web' tags: '${match(1)}' tags: 'a' tags: ''";
  EXPECT_EQ(rendered(template_of(service), "geo-x").tags_size(), 3);
  const auto kept = rendered(template_of(service, {}, "remove_empty_tags: true"), "geo-x");
  ASSERT_EQ(kept.tags_size(), 1);
  EXPECT_EQ(kept.tags(0), "a");
}

TEST(query_template, has_for_its_suffix_the_whole_name_if_that_is_spelt_otherwise) {
  EXPECT_EQ(rendered(template_of("service: '${name.prefix}${name.suffix}'"), "GEO-db").service(),
            "geo-GEO-db");
}

TEST(query_template, is_refused_with_what_is_wrong_and_where) {
  auto unknown_type = template_of("service: 'web'");
  unknown_type.mutable_template_()->set_type("zonk");
  EXPECT_EQ(refusal(unknown_type), "Bad Template.Type 'zonk'");
  EXPECT_EQ(refusal(template_of("service: 'web'", "(")),
            "Bad Regexp: error parsing regexp: missing closing ): `(`");
  EXPECT_EQ(refusal(template_of("service: '${'")),
            "Bad format '${' in Service.Service: expected expression");
  EXPECT_EQ(refusal(template_of("service: '${zonk}'")),
            "Bad evaluation for '${zonk}' in Service.Service: unknown variable accessed: zonk");
  const auto place = [](const std::string& service) {
    const auto why = refusal(template_of(service));
    const auto begin = why.find(" in Service");
    return begin == std::string::npos ? why : why.substr(begin, why.find(':') - begin);
  };
  EXPECT_EQ(place("tags: 'a' tags: '${'"), " in Service.Tags[1]");
  EXPECT_EQ(place("node_meta { key: 'k' value: '${' }"), " in Service.NodeMeta[k]");
  EXPECT_EQ(place("failover { datacenters: '${' }"), " in Service.Failover.Datacenters[0]");
  EXPECT_EQ(place("failover { targets {} targets { peer: '${' } }"),
            " in Service.Failover.Targets[1].Peer");
  EXPECT_EQ(refusal(template_of("service: '${name.full}'", "^(.*)$")), "");
}

TEST(query_template, is_bounded_in_what_comes_out) {
  auto query = template_of("service: 'web'");
  const std::string name(limits::query_name_bytes_max, 'n');
  for (std::size_t bytes = 0; bytes <= limits::query_rendered_bytes_max; bytes += name.size())
    query.mutable_service()->add_tags("${name.full}");
  EXPECT_EQ(refusal(query), "");
  EXPECT_FALSE(render_query(query, name));
  query.mutable_service()->mutable_tags()->DeleteSubrange(0, 2);
  EXPECT_TRUE(render_query(query, name));
}

}  // namespace
}  // namespace troupe::messages::query
