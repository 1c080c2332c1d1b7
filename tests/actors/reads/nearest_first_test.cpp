// ?near= through the catalog reader, over a real state.
#include <gtest/gtest.h>

#include "tests/actors/reads/reader_world.hpp"

namespace troupe::actors::reads {
namespace {

class nearest_first_of_all : public testing::Test {
 protected:
  nearest_first_of_all() {
    for (const char* node : {"a", "b", "c", "d"})
      world_.apply("register { node: '" + std::string(node) +
                   "' address: '10.0.0.1' service { id: 'web' service: 'web' }"
                   " checks { check_id: 'w' service_id: 'web' service_name: 'web'"
                   " status: 'passing' } }");
    // From a: d is next, then b; nobody knows where c is.
    world_.apply(
        "coordinates { updates { node: 'a' coord { vec: [0, 0] } }"
        " updates { node: 'b' coord { vec: [0, 0.009] } }"
        " updates { node: 'd' coord { vec: [0, 0.001] } } }");
  }

  template <class Reply, class Request>
  Reply read(Request request, const std::string& near) {
    request.mutable_options()->set_near(near);
    auto reply = world_.answer_of<Reply>(world_.ask(request));
    EXPECT_TRUE(reply);
    return reply ? *reply : Reply();
  }
  std::string nodes_near(const std::string& near) {
    std::string order;
    const auto nodes = read<m::Nodes>(m::NodesQuery(), near);
    for (const auto& node : nodes.nodes())
      order += node.node();
    return order;
  }

  reader_world world_;
};

TEST_F(nearest_first_of_all, sorts_nodes_and_puts_those_without_a_coordinate_last) {
  EXPECT_EQ(nodes_near("a"), "adbc");
  EXPECT_EQ(nodes_near("B"), "bdac");
}

TEST_F(nearest_first_of_all, leaves_the_order_alone_without_a_place_to_start_from) {
  EXPECT_EQ(nodes_near(""), "abcd");
  EXPECT_EQ(nodes_near("c"), "abcd") << "it has no coordinate";
  EXPECT_EQ(nodes_near("nobody"), "abcd");
}

TEST_F(nearest_first_of_all, sorts_instances_and_their_checks) {
  std::string order;
  m::ServiceNodesQuery instances;
  instances.mutable_selection()->set_service("web");
  const auto by_service = read<m::ServiceNodes>(instances, "a");
  for (const auto& row : by_service.nodes())
    order += row.node();
  order += ' ';
  m::ServiceHealthQuery health;
  health.mutable_selection()->set_service("web");
  const auto by_health = read<m::ServiceHealth>(health, "a");
  for (const auto& row : by_health.instances())
    order += row.node().node();
  order += ' ';
  m::ServiceChecksQuery checks;
  checks.set_service("web");
  const auto of_service = read<m::HealthChecks>(checks, "a");
  for (const auto& row : of_service.checks())
    order += row.node();
  order += ' ';
  m::ChecksInStateQuery state;
  state.set_state("any");
  const auto in_state = read<m::HealthChecks>(state, "a");
  for (const auto& row : in_state.checks())
    order += row.node();
  EXPECT_EQ(order, "adbc adbc adbc adbc");
}

TEST_F(nearest_first_of_all, blocking_reads_of_coordinates_wake_for_their_own_node_alone) {
  m::NodeCoordinatesQuery of_a;
  of_a.set_node("a");
  const auto before = world_.answer_of<m::Coordinates>(world_.ask(of_a));
  ASSERT_TRUE(before);
  EXPECT_EQ(before->coordinates_size(), 1);
  of_a.mutable_options()->set_min_index(before->meta().index());
  auto waiting = world_.ask(of_a);
  m::CoordinatesQuery every;
  every.mutable_options()->set_min_index(before->meta().index());
  auto waiting_for_any = world_.ask(every);
  world_.settle();
  const auto other = world_.apply("coordinates { updates { node: 'b' coord { vec: [1, 1] } } }");
  const auto any = world_.answer_of<m::Coordinates>(std::move(waiting_for_any));
  ASSERT_TRUE(any);
  EXPECT_EQ(any->meta().index(), other);
  const auto own = world_.apply("coordinates { updates { node: 'a' coord { vec: [1, 1] } } }");
  const auto after = world_.answer_of<m::Coordinates>(std::move(waiting));
  ASSERT_TRUE(after);
  EXPECT_EQ(after->meta().index(), own);
}

}  // namespace
}  // namespace troupe::actors::reads
