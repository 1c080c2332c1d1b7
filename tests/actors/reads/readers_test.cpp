// kv_shard and catalog on an io_thread, over a real state.
#include <gtest/gtest.h>

#include "tests/actors/reads/reader_world.hpp"

namespace troupe::actors::reads {
namespace {

using messages::errc;

m::KvGet get_of(const std::string& key, std::uint64_t min_index = 0, std::int64_t wait_ms = 0) {
  m::KvGet get;
  get.set_key(key);
  get.mutable_options()->set_min_index(min_index);
  get.mutable_options()->set_wait_ms(wait_ms);
  return get;
}

m::ServiceHealthQuery health_of(const std::string& service, std::uint64_t min_index = 0,
                                std::int64_t wait_ms = 0) {
  m::ServiceHealthQuery query;
  query.mutable_selection()->set_service(service);
  query.mutable_options()->set_min_index(min_index);
  query.mutable_options()->set_wait_ms(wait_ms);
  return query;
}

class readers : public testing::Test {
 protected:
  template <class Reply, class Request>
  messages::result<Reply> read(const Request& request) {
    return world_.answer_of<Reply>(world_.ask(request));
  }
  reader_world world_;
};

TEST_F(readers, answer_a_key_with_its_index) {
  const auto written = world_.put("a", "1");
  world_.put("b", "2");
  const auto reply = read<m::KvEntries>(get_of("a"));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->entries(0).value(), "1");
  EXPECT_EQ(reply->meta().index(), written);
  EXPECT_TRUE(reply->meta().known_leader());
  EXPECT_EQ(reply->meta().consistency(), m::LEADER);
}

TEST_F(readers, never_say_index_zero) {
  EXPECT_EQ(read<m::KvEntries>(get_of("missing"))->meta().index(), 1u);
}

TEST_F(readers, wake_a_blocking_get_by_a_write_of_its_key_only) {
  const auto first = world_.put("a", "1");
  auto waiting = world_.ask(get_of("a", first));
  world_.settle();
  world_.put("ab", "2");
  world_.settle();
  const auto second = world_.put("a", "3");
  const auto reply = world_.answer_of<m::KvEntries>(std::move(waiting));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->entries(0).value(), "3");
  EXPECT_EQ(reply->meta().index(), second);
}

TEST_F(readers, wake_a_waiter_for_a_missing_key_by_its_creation) {
  const auto other = world_.put("other", "1");
  auto waiting = world_.ask(get_of("new", other));
  world_.settle();
  const auto made = world_.put("new", "2");
  EXPECT_EQ(world_.answer_of<m::KvEntries>(std::move(waiting))->meta().index(), made);
}

TEST_F(readers, wake_a_prefix_query_by_a_delete_below_it) {
  const auto first = world_.put("p/a", "1");
  m::KvKeys keys;
  keys.set_prefix("p/");
  keys.mutable_options()->set_min_index(first);
  auto waiting = world_.ask(keys);
  world_.settle();
  world_.put("q", "2");
  const auto gone = world_.apply("kv { verb: DELETE entry { key: \"p/a\" } }");
  const auto reply = world_.answer_of<m::KvKeyNames>(std::move(waiting));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->keys_size(), 0);
  EXPECT_EQ(reply->meta().index(), gone);
}

TEST_F(readers, answer_with_what_there_is_when_the_wait_is_over) {
  const auto written = world_.put("a", "1");
  const auto reply = read<m::KvEntries>(get_of("a", written, 30));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->entries(0).value(), "1");
  EXPECT_EQ(reply->meta().index(), written);
}

TEST_F(readers, wait_the_whole_time_for_an_index_above_the_current_one) {
  const auto written = world_.put("a", "1");
  const auto before = std::chrono::steady_clock::now();
  const auto reply = read<m::KvEntries>(get_of("a", written + 100, 30));
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(30));
  EXPECT_EQ(reply->meta().index(), written);
}

TEST_F(readers, forget_a_query_whose_client_is_gone) {
  const auto first = world_.put("a", "1");
  auto query = get_of("a", first);
  query.mutable_options()->set_ticket(9);
  auto cancelled = world_.ask(query, std::chrono::milliseconds(300));
  world_.cancel(9);
  auto kept = world_.ask(get_of("a", first));
  world_.settle();
  const auto second = world_.put("a", "2");
  EXPECT_EQ(world_.answer_of<m::KvEntries>(std::move(kept))->meta().index(), second);
  EXPECT_FALSE(world_.answer_of<m::KvEntries>(std::move(cancelled)));
}

TEST_F(readers, answer_thousands_that_wait_for_one_key) {
  const auto first = world_.put("a", "1");
  std::vector<decltype(world_.ask(get_of("a")))> waiting;
  for (int i = 0; i < 2000; ++i)
    waiting.push_back(world_.ask(get_of("a", first)));
  world_.settle();
  const auto second = world_.put("a", "2");
  for (auto& one : waiting)
    ASSERT_EQ(world_.answer_of<m::KvEntries>(std::move(one))->meta().index(), second);
}

// -- consistency -----------------------------------------------------------------

TEST_F(readers, confirm_by_a_read_index_without_a_lease) {
  world_.put("a", "1");
  world_.no_lease();
  world_.raft_peer().read_index = 1;
  EXPECT_EQ(read<m::KvEntries>(get_of("a"))->entries(0).value(), "1");
  EXPECT_EQ(world_.raft_peer().asked, 1);
}

TEST_F(readers, wait_until_the_read_index_is_applied) {
  const auto first = world_.put("a", "1");
  world_.no_lease();
  world_.raft_peer().read_index = first + 1;
  auto waiting = world_.ask(get_of("a"));
  world_.settle();
  world_.put("a", "2");
  EXPECT_EQ(world_.answer_of<m::KvEntries>(std::move(waiting))->entries(0).value(), "2");
}

TEST_F(readers, wait_under_a_lease_for_what_another_server_may_have_shown) {
  const auto first = world_.put("a", "1");
  world_.leads().announces(first + 1);
  world_.raft_peer().read_index = first + 1;
  auto waiting = world_.ask(get_of("a"));
  world_.settle();
  world_.put("a", "2");
  EXPECT_EQ(world_.answer_of<m::KvEntries>(std::move(waiting))->entries(0).value(), "2");
}

TEST_F(readers, ask_for_a_consistent_read_even_under_a_lease) {
  world_.put("a", "1");
  world_.raft_peer().read_index = 1;
  auto get = get_of("a");
  get.mutable_options()->set_consistency(m::CONSISTENT);
  EXPECT_EQ(read<m::KvEntries>(get)->meta().consistency(), m::CONSISTENT);
  EXPECT_EQ(world_.raft_peer().asked, 1);
}

TEST_F(readers, say_that_there_is_no_leader) {
  world_.no_lease();
  const auto reply = read<m::KvEntries>(get_of("a"));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, errc::no_leader);
  EXPECT_EQ(reply.error().detail, "No cluster leader");
}

TEST_F(readers, serve_a_stale_read_without_a_leader) {
  world_.put("a", "1");
  world_.no_lease();
  world_.leads().leader_is("");
  world_.leads().leads(false);
  auto get = get_of("a");
  get.mutable_options()->set_consistency(m::STALE);
  const auto reply = read<m::KvEntries>(get);
  ASSERT_TRUE(reply);
  EXPECT_FALSE(reply->meta().known_leader());
  EXPECT_EQ(reply->meta().consistency(), m::STALE);
}

// -- catalog -----------------------------------------------------------------------

constexpr const char* web_on_n1 = R"(register { node: "n1" address: "1.1.1.1"
    node_meta { key: "rack" value: "r1" }
    service { id: "web1" service: "web" tags: "Blue" tags: "v2" port: 80 }
    checks { check_id: "c1" name: "c1" status: "passing" service_id: "web1" } })";

TEST_F(readers, wake_a_service_query_by_its_own_check_and_not_by_another_service) {
  const auto first = world_.apply(web_on_n1);
  auto waiting = world_.ask(health_of("web", first));
  world_.settle();
  world_.apply(R"(register { node: "n2" address: "1.1.1.2" service { service: "db" } })");
  world_.settle();
  const auto failed = world_.apply(R"(register { node: "n1" address: "1.1.1.1"
      skip_node_update: true
      checks { check_id: "c1" name: "c1" status: "critical" service_id: "web1" } })");
  const auto reply = world_.answer_of<m::ServiceHealth>(std::move(waiting));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->meta().index(), failed);
  EXPECT_EQ(reply->instances(0).checks(0).status(), "critical");
}

TEST_F(readers, choose_instances_by_state_meta_tags_and_filter) {
  world_.apply(web_on_n1);
  world_.apply(R"(register { node: "n2" address: "1.1.1.2"
      service { id: "web2" service: "web" tags: "blue" port: 81 }
      checks { check_id: "c2" name: "c2" status: "critical" service_id: "web2" } })");
  const auto count = [&](auto&& change) {
    auto query = health_of("web");
    change(query);
    const auto reply = read<m::ServiceHealth>(query);
    return reply ? reply->instances_size() : -1;
  };
  EXPECT_EQ(count([](auto&) {}), 2);
  EXPECT_EQ(count([](auto& q) { q.set_only_passing(true); }), 1);
  EXPECT_EQ(count([](auto& q) { q.mutable_selection()->add_tags("BLUE"); }), 2);
  EXPECT_EQ(count([](auto& q) { (*q.mutable_options()->mutable_node_meta())["rack"] = "r1"; }), 1);
  EXPECT_EQ(count([](auto& q) { q.mutable_options()->set_filter("Service.Port == 81"); }), 1);
  EXPECT_EQ(count([](auto& q) { q.mutable_options()->set_filter("Service.Foo == 81"); }), -1);
}

TEST_F(readers, list_only_services_of_which_an_instance_matches) {
  world_.apply(web_on_n1);
  world_.apply(R"(register { node: "n2" address: "1.1.1.2" service { service: "db" } })");
  m::ServicesQuery query;
  query.mutable_options()->set_filter("ServicePort == 80");
  const auto reply = read<m::Services>(query);
  ASSERT_TRUE(reply);
  ASSERT_EQ(reply->services_size(), 1);
  EXPECT_EQ(reply->services().at("web").tags_size(), 2);
}

TEST_F(readers, keep_a_node_whose_services_are_all_filtered_out) {
  world_.apply(web_on_n1);
  m::NodeServicesQuery query;
  query.set_node("n1");
  query.mutable_options()->set_filter("Service == db");
  const auto reply = read<m::NodeServices>(query);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->node().node(), "n1");
  EXPECT_EQ(reply->services_size(), 0);
}

TEST_F(readers, wake_a_waiter_for_an_unknown_node) {
  const auto first = world_.apply(web_on_n1);
  m::NodeServicesQuery query;
  query.set_node("n9");
  query.mutable_options()->set_min_index(first);
  auto waiting = world_.ask(query);
  world_.settle();
  const auto made = world_.apply(R"(register { node: "n9" address: "1.1.1.9" })");
  EXPECT_EQ(world_.answer_of<m::NodeServices>(std::move(waiting))->meta().index(), made);
}

}  // namespace
}  // namespace troupe::actors::reads
