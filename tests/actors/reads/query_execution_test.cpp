// Prepared queries through the catalog reader, over a real state.
#include <set>

#include <gtest/gtest.h>

#include "tests/actors/reads/reader_world.hpp"

namespace troupe::actors::reads {
namespace {

const std::string query_id = "11111111-1111-1111-1111-111111111111";

class query_execution : public testing::Test {
 protected:
  // Nodes a to d have one instance of web each; only d's check is critical, c's warns.
  query_execution() {
    instance("a", "10.0.0.1", "passing", "tags: 'V1' meta { key: 'rack' value: '1' }");
    instance("b", "10.0.0.2", "passing", "tags: 'v1' tags: 'slow'");
    instance("c", "10.0.0.3", "warning", "tags: 'v2' meta { key: 'rack' value: '1' }");
    instance("d", "10.0.0.4", "critical", "");
    // From a: c is next, then b.
    world_.apply(
        "coordinates { updates { node: 'a' coord { vec: [0, 0] } }"
        " updates { node: 'b' coord { vec: [0, 0.009] } }"
        " updates { node: 'c' coord { vec: [0, 0.001] } }"
        " updates { node: 'd' coord { vec: [0, 0.02] } } }");
  }

  void instance(const std::string& node, const std::string& address, const std::string& status,
                const std::string& more) {
    world_.apply("register { node: '" + node + "' address: '" + address +
                 "' node_meta { key: 'os' value: '" + (node < "c" ? "linux" : "plan9") +
                 "' } service { id: 'web' service: 'web' " + more +
                 " } checks { check_id: 'w' service_id: 'web' service_name: 'web' status: '" +
                 status + "' } }");
  }
  void define(const std::string& service, const std::string& more = "name: 'q'") {
    world_.apply("query_set { create: true query { id: '" + query_id + "' " + more + " service { " +
                 service + " } } }");
  }

  m::PreparedQueryResult execute(m::PreparedQueryExecute request, const std::string& name = "q") {
    request.set_id_or_name(name);
    if (request.shuffle_seed() == 0)
      request.set_shuffle_seed(7);
    auto reply = world_.answer_of<m::PreparedQueryResult>(world_.ask(request));
    EXPECT_TRUE(reply);
    return reply ? *reply : m::PreparedQueryResult();
  }
  static std::string order(const m::PreparedQueryResult& answer) {
    std::string nodes;
    for (const auto& row : answer.instances())
      nodes += row.node().node();
    return nodes;
  }
  std::string order_of(const m::PreparedQueryExecute& request) { return order(execute(request)); }
  // The nodes that this service's question gives, sorted.
  std::string given(const std::string& service) {
    define("service: 'web' " + service);
    auto nodes = order_of({});
    std::sort(nodes.begin(), nodes.end());
    return nodes;
  }

  reader_world world_;
};

TEST_F(query_execution, leaves_out_critical_instances_and_warned_ones_if_told_so) {
  EXPECT_EQ(given(""), "abc");
  EXPECT_EQ(given("only_passing: true"), "ab");
}

TEST_F(query_execution, counts_a_nodes_own_checks_too) {
  world_.apply(
      "register { node: 'a' address: '10.0.0.1' checks { check_id: 'disk'"
      " status: 'critical' } }");
  EXPECT_EQ(given(""), "bc");
  EXPECT_EQ(given("ignore_check_ids: 'disk'"), "abc");
}

TEST_F(query_execution, does_not_look_at_checks_that_are_to_be_ignored) {
  EXPECT_EQ(given("ignore_check_ids: 'w'"), "abcd");
  EXPECT_EQ(given("only_passing: true ignore_check_ids: 'w'"), "abcd");
  EXPECT_EQ(given("ignore_check_ids: 'W'"), "abc");
}

TEST_F(query_execution, wants_all_its_tags_and_none_that_it_excludes) {
  EXPECT_EQ(given("tags: 'v1'"), "ab");
  EXPECT_EQ(given("tags: 'V1' tags: '!SLOW'"), "a");
  EXPECT_EQ(given("tags: 'v1' tags: 'v2'"), "");
  EXPECT_EQ(given("tags: '!v1'"), "c");
}

TEST_F(query_execution, wants_all_metadata_of_node_and_instance) {
  EXPECT_EQ(given("node_meta { key: 'os' value: 'linux' }"), "ab");
  EXPECT_EQ(given("node_meta { key: 'os' value: 'linux' } node_meta { key: 'x' value: '' }"), "");
  EXPECT_EQ(given("service_meta { key: 'rack' value: '1' }"), "ac");
  EXPECT_EQ(given("service_meta { key: 'rack' value: '2' }"), "");
  EXPECT_EQ(given("node_meta { key: 'os' value: 'linux' }"
                  " service_meta { key: 'rack' value: '1' }"),
            "a");
}

TEST_F(query_execution, says_what_it_has_asked) {
  define("service: 'web'", "name: 'q' dns { ttl: '9s' }");
  const auto answer = execute({});
  EXPECT_TRUE(answer.known());
  EXPECT_EQ(answer.refused(), "");
  EXPECT_EQ(answer.service(), "web");
  EXPECT_EQ(answer.dns().ttl(), "9s");
  EXPECT_EQ(answer.meta().index(), 1u) << "whatever changes";
  EXPECT_EQ(order(execute({}, query_id)).size(), 3u);
}

TEST_F(query_execution, knows_no_query_of_another_name) {
  define("service: 'web'");
  EXPECT_FALSE(execute({}, "q2").known());
  EXPECT_FALSE(execute({}, "").known());
  define("service: 'nothing'");
  const auto nothing = execute({});
  EXPECT_TRUE(nothing.known());
  EXPECT_TRUE(nothing.instances().empty());
}

TEST_F(query_execution, orders_anew_for_each_seed_and_alike_for_one) {
  define("service: 'web'");
  std::set<std::string> seen;
  for (std::uint64_t seed = 1; seed <= 64; ++seed) {
    m::PreparedQueryExecute request;
    request.set_shuffle_seed(seed);
    const auto nodes = order_of(request);
    EXPECT_EQ(order_of(request), nodes);
    seen.insert(nodes);
  }
  EXPECT_EQ(seen.size(), 6u) << "every order of three";
}

TEST_F(query_execution, gives_at_most_as_many_as_are_asked_for) {
  define("service: 'web' near: 'a'");
  m::PreparedQueryExecute request;
  request.set_limit(2);
  EXPECT_EQ(order_of(request), "ac") << "the nearest ones";
  for (const std::int64_t limit : {0, -1, 3, 1'000'000}) {
    request.set_limit(limit);
    EXPECT_EQ(order_of(request), "acb") << limit;
  }
}

TEST_F(query_execution, begins_with_what_is_near) {
  m::PreparedQueryExecute request;
  request.set_agent_node("b");
  request.set_source_address("10.0.0.3");
  define("service: 'web' near: 'A'");
  EXPECT_EQ(order_of(request), "acb");
  define("service: 'web' near: '_agent'");
  EXPECT_EQ(order_of(request), "bca");
  define("service: 'web' near: '_ip'");
  EXPECT_EQ(order_of(request), "cab");
  request.mutable_options()->set_near("a");
  EXPECT_EQ(order_of(request), "acb") << "the request goes first";
  request.mutable_options()->set_near("_agent");
  EXPECT_EQ(order_of(request), "bca");
}

TEST_F(query_execution, is_near_to_nothing_if_nobody_has_the_clients_address) {
  define("service: 'web' near: '_ip'");
  std::set<std::string> seen;
  for (std::uint64_t seed = 1; seed <= 64; ++seed) {
    m::PreparedQueryExecute request;
    request.set_shuffle_seed(seed);
    request.set_source_address(seed % 2 == 0 ? "" : "10.9.9.9");
    seen.insert(order_of(request));
  }
  EXPECT_EQ(seen.size(), 6u);
}

TEST_F(query_execution, puts_the_own_node_first_even_if_another_seems_nearer) {
  // The heights of a say that a is farther from itself than c is.
  world_.apply("coordinates { updates { node: 'a' coord { vec: [0, 0] height: 0.01 } } }");
  define("service: 'web' near: 'a'");
  EXPECT_EQ(order_of({})[0], 'a');
}

TEST_F(query_execution, gives_the_service_that_a_template_means) {
  define("service: '${name.suffix}' tags: '${match(1)}'",
         "name: 'find-' template { type: 'name_prefix_match' regexp: '^find-(w?)'"
         " remove_empty_tags: true }");
  const auto answer = execute({}, "find-web");
  EXPECT_EQ(answer.service(), "web");
  EXPECT_TRUE(answer.instances().empty()) << "none has the tag w";
  EXPECT_EQ(execute({}, "find-").service(), "") << "known, but it asks for nothing";
  EXPECT_FALSE(execute({}, "fin").known());
  EXPECT_EQ(execute({}, query_id).refused(),
            "prepared query templates can only be resolved up by name, not by ID");
}

TEST_F(query_execution, takes_a_name_that_is_whole_before_any_template) {
  world_.apply(
      "query_set { create: true query { id: '22222222-2222-2222-2222-222222222222'"
      " name: 'w' template { type: 'name_prefix_match' } service { service: 'db' } } }");
  define("service: 'web'", "name: 'web'");
  EXPECT_EQ(execute({}, "web").service(), "web");
  EXPECT_EQ(execute({}, "web2").service(), "db");
}

TEST_F(query_execution, explains_what_it_would_ask) {
  define("service: '${name.suffix}'", "name: 'find-' template { type: 'name_prefix_match' }");
  m::PreparedQueryExplain request;
  request.set_id_or_name("find-web");
  const auto answer = world_.answer_of<m::PreparedQueryExplained>(world_.ask(request));
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->known());
  EXPECT_EQ(answer->query().id(), query_id);
  EXPECT_EQ(answer->query().name(), "find-");
  EXPECT_EQ(answer->query().service().service(), "web");
  request.set_id_or_name(query_id);
  const auto refused = world_.answer_of<m::PreparedQueryExplained>(world_.ask(request));
  ASSERT_TRUE(refused);
  EXPECT_NE(refused->refused(), "");
  request.set_id_or_name("nothing");
  const auto unknown = world_.answer_of<m::PreparedQueryExplained>(world_.ask(request));
  ASSERT_TRUE(unknown);
  EXPECT_FALSE(unknown->known());
}

TEST_F(query_execution, a_blocking_list_wakes_for_every_change_of_a_query) {
  define("service: 'web'");
  m::PreparedQueriesQuery list;
  const auto before = world_.answer_of<m::PreparedQueries>(world_.ask(list));
  ASSERT_TRUE(before);
  EXPECT_EQ(before->queries_size(), 1);
  list.mutable_options()->set_min_index(before->meta().index());
  auto waiting = world_.ask(list);
  world_.settle();
  world_.put("unrelated", "1");
  const auto gone = world_.apply("query_delete { id: '" + query_id + "' }");
  const auto after = world_.answer_of<m::PreparedQueries>(std::move(waiting));
  ASSERT_TRUE(after);
  EXPECT_EQ(after->meta().index(), gone);
  EXPECT_TRUE(after->queries().empty());
}

}  // namespace
}  // namespace troupe::actors::reads
