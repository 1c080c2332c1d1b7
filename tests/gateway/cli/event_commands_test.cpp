#include <gtest/gtest.h>

#include "tests/gateway/cli/played_agent.hpp"

namespace troupe::gateway::cli {
namespace {

using testing::command_test;

class event_command : public command_test {};

TEST_F(event_command, fires_with_its_filters_and_shows_the_id) {
  agent_.answers({200, R"({"ID":"b54fe110","Name":"deploy"})"});
  const auto seen =
      run({"event", "-name=deploy", "-node=^web", "-service=s", "-tag=t", "the payload"});
  EXPECT_EQ(seen.exit_code, 0);
  EXPECT_EQ(seen.out, "Event ID: b54fe110\n");
  EXPECT_EQ(agent_.asked(),
            lines{"PUT /v1/event/fire/deploy?node=%5Eweb&service=s&tag=t the payload"});
}

TEST_F(event_command, passes_the_agents_refusal_on) {
  agent_.answers({500, "Cannot provide tag filter without service filter"});
  const auto seen = run({"event", "-name=x", "-tag=t"});
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_EQ(seen.err,
            "Error firing event: Unexpected response code: 500 (Cannot provide tag filter without "
            "service filter)\n");
}

TEST_F(event_command, wants_a_name_and_one_payload_at_most) {
  EXPECT_TRUE(run({"event"}).err.starts_with("Event name must be specified\n"));
  const auto seen = run({"event", "-name=x", "a", "b"});
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_TRUE(seen.err.starts_with("Too many command line arguments.\n"));
  EXPECT_TRUE(agent_.asked().empty());
}

// -- rtt ---------------------------------------------------------------------------

// A node whose first coordinate is so many seconds off the origin.
std::string node_at(const std::string& name, const std::string& seconds) {
  return R"({"Node":")" + name + R"(","Segment":"","Coord":{"Vec":[)" + seconds +
         R"(,0,0,0,0,0,0,0],"Error":0.1,"Adjustment":0,"Height":0.0001}})";
}

class rtt_command : public command_test {
 protected:
  void knows_nodes() {
    agent_.answers({200, "[" + node_at("n1", "0.001") + "," + node_at("n2", "0.003") + "]"});
  }
};

TEST_F(rtt_command, is_the_distance_of_two_nodes_and_both_heights) {
  knows_nodes();
  const auto seen = run({"rtt", "n1", "N2"});
  EXPECT_EQ(seen.exit_code, 0);
  EXPECT_EQ(seen.out, "Estimated n1 <-> N2 rtt: 2.200 ms (using LAN coordinates)\n");
  EXPECT_EQ(agent_.asked(), lines{"GET /v1/coordinate/nodes"});
}

TEST_F(rtt_command, takes_the_agents_own_node_for_the_second) {
  agent_.answers({200, R"({"Config":{"NodeName":"n2","Datacenter":"dc1"}})"});
  knows_nodes();
  EXPECT_EQ(run({"rtt", "n1"}).out, "Estimated n1 <-> n2 rtt: 2.200 ms (using LAN coordinates)\n");
  EXPECT_EQ(agent_.asked(), (lines{"GET /v1/agent/self", "GET /v1/coordinate/nodes"}));
}

TEST_F(rtt_command, looks_for_servers_in_their_datacenters) {
  agent_.answers({200, R"([{"Datacenter":"dc1","AreaID":"wan","Coordinates":[)" +
                           node_at("s", "0") + R"(]},{"Datacenter":"dc2","Coordinates":[)" +
                           node_at("s", "0.02") + "]}]"});
  EXPECT_EQ(run({"rtt", "-wan", "s.dc1", "s.dc2"}).out,
            "Estimated s.dc1 <-> s.dc2 rtt: 20.200 ms (using WAN coordinates)\n");
  EXPECT_EQ(agent_.asked(), lines{"GET /v1/coordinate/datacenters"});
}

TEST_F(rtt_command, says_which_node_has_no_coordinate) {
  knows_nodes();
  const auto seen = run({"rtt", "n1", "nosuch"});
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_EQ(seen.err, "Could not find a coordinate for node \"nosuch\"\n");
}

TEST_F(rtt_command, does_not_fall_over_an_answer_that_makes_no_sense) {
  for (const char* body : {"", "null", "[1,null,{}]", R"([{"Node":"n1","Coord":7}])"}) {
    agent_.answers({200, body});
    EXPECT_EQ(run({"rtt", "n1", "n2"}).exit_code, 1) << body;
  }
}

TEST_F(rtt_command, refuses_wrong_names_before_asking_anybody) {
  EXPECT_EQ(run({"rtt"}).exit_code, 1);
  EXPECT_EQ(run({"rtt", "a", "b", "c"}).exit_code, 1);
  EXPECT_EQ(run({"rtt", "-wan", "a", "b.dc1"}).err,
            "Node names must be specified as <node name>.<datacenter> with -wan\n");
  EXPECT_TRUE(agent_.asked().empty());
}

TEST_F(rtt_command, passes_on_that_coordinates_are_switched_off) {
  agent_.answers({401, "Coordinate support disabled"});
  const auto seen = run({"rtt", "n1", "n2"});
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_EQ(seen.err,
            "Error getting coordinates: Unexpected response code: 401 (Coordinate support "
            "disabled)\n");
}

}  // namespace
}  // namespace troupe::gateway::cli
