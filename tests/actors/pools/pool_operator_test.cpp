// The operator between the gateway and two played pools.
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <gtest/gtest.h>

#include "actors/pools/pool_operator_actor.hpp"
#include "tests/support/played_actor.hpp"
#include "tests/support/virtual_system.hpp"

namespace troupe::actors::pools {
namespace {

// A pool that has some members, and writes down what it is told.
struct played_pool {
  std::string name;
  std::vector<std::string> members;
  messages::result<m::KeyringReply> keyring = m::KeyringReply();
  m::PoolCoordinates coordinates;
  std::string event_refusal;
};

class pool_operator_test : public testing::Test {
 protected:
  pool_operator_test() {
    lan_.name = "lan";
    wan_.name = "wan";
    lan_actor_ = spawn_pool(lan_);
    wan_actor_ = spawn_pool(wan_);
    server_ = spawn_pool_operator(world_.system, {"dc1", lan_actor_, wan_actor_});
    client_ = spawn_pool_operator(world_.system, {"dc1", lan_actor_, {}});
    world_.run();
  }
  ~pool_operator_test() override {
    for (const auto& each :
         {caf::actor_cast<caf::actor>(lan_actor_), caf::actor_cast<caf::actor>(wan_actor_),
          caf::actor_cast<caf::actor>(server_), caf::actor_cast<caf::actor>(client_)})
      caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
    world_.run();
  }

  gossip_member_actor spawn_pool(played_pool& pool) {
    const auto note = [this, &pool](const std::string& what) {
      told_.push_back(pool.name + " " + what);
    };
    return world_.system.spawn([&pool, note] {
      return tests::played<gossip_member_actor>(
          [&pool](const m::MembersQuery&) {
            m::Members all;
            for (const auto& each : pool.members)
              all.add_members()->set_name(each);
            return all;
          },
          [note](const m::JoinPool& join) {
            note("join " + join.addresses(0));
            m::PoolJoined joined;
            joined.set_joined(1);
            return joined;
          },
          [note](const m::ForceLeave& order) {
            note("leave " + order.node() + (order.prune() ? " prune" : ""));
            return m::Done();
          },
          [&pool, note](const m::KeyringRequest& request) -> caf::result<m::KeyringReply> {
            note("keyring " + m::KeyringRequest::Operation_Name(request.operation()) + " " +
                 request.key() + " " + std::to_string(request.relay_factor()));
            if (!pool.keyring)
              return to_caf(pool.keyring.error());
            return *pool.keyring;
          },
          [&pool](const m::PoolCoordinatesQuery&) { return pool.coordinates; },
          [&pool, note](const m::FireUserEvent& event) -> caf::result<m::Done> {
            note("event " + event.name());
            if (!pool.event_refusal.empty())
              return to_caf({messages::errc::too_large, pool.event_refusal});
            return m::Done();
          });
    });
  }

  template <class Reply, class Request>
  messages::result<Reply> ask(const pool_operator_actor& whom, const Request& request) {
    auto outcome = std::make_shared<messages::result<Reply>>(
        messages::failure{messages::errc::timed_out, "not answered"});
    world_.system.spawn([whom, request, outcome](caf::event_based_actor* self) {
      self->request(whom, caf::infinite, request)
          .then([outcome](Reply& reply) { *outcome = std::move(reply); },
                [outcome](const caf::error& why) { *outcome = from_caf(why); });
    });
    world_.run();
    return *outcome;
  }
  messages::result<m::Done> leave(const pool_operator_actor& whom, const std::string& node,
                                  bool wan = false) {
    m::ForceLeave order;
    order.set_node(node);
    order.set_wan(wan);
    order.set_prune(true);
    return ask<m::Done>(whom, order);
  }

  using lines = std::vector<std::string>;
  tests::virtual_system world_;
  played_pool lan_;
  played_pool wan_;
  lines told_;
  gossip_member_actor lan_actor_;
  gossip_member_actor wan_actor_;
  pool_operator_actor server_;
  pool_operator_actor client_;
};

TEST_F(pool_operator_test, joins_the_pool_that_is_asked_for) {
  m::JoinPool join;
  join.add_addresses("a");
  EXPECT_TRUE(ask<m::PoolJoined>(server_, join));
  join.set_wan(true);
  EXPECT_TRUE(ask<m::PoolJoined>(server_, join));
  EXPECT_EQ(told_, (lines{"lan join a", "wan join a"}));
  EXPECT_EQ(ask<m::PoolJoined>(client_, join).error().detail,
            "Must be a server to join WAN cluster");
}

TEST_F(pool_operator_test, forces_a_server_out_of_both_pools) {
  lan_.members = {"n1", "n2"};
  wan_.members = {"n1.dc1", "n2.dc1", "n2.dc2"};
  EXPECT_TRUE(leave(server_, "n2"));
  EXPECT_EQ(told_, (lines{"lan leave n2 prune", "wan leave n2.dc1 prune"}));
}

TEST_F(pool_operator_test, forces_a_member_out_of_the_one_pool_that_knows_it) {
  lan_.members = {"n1", "n2"};
  wan_.members = {"n1.dc1", "n9.dc1"};
  EXPECT_TRUE(leave(client_, "n2"));
  EXPECT_TRUE(leave(server_, "n2"));
  EXPECT_TRUE(leave(server_, "n9"));
  EXPECT_TRUE(leave(server_, "n9.dc1", true));
  EXPECT_EQ(told_, (lines{"lan leave n2 prune", "lan leave n2 prune", "wan leave n9.dc1 prune",
                          "wan leave n9.dc1 prune"}));
}

TEST_F(pool_operator_test, knows_no_node_that_is_in_no_pool) {
  lan_.members = {"n1"};
  EXPECT_EQ(leave(server_, "nosuch").error().detail, "agent: No node found with name 'nosuch'");
  EXPECT_EQ(leave(server_, "n1", true).error().detail, "agent: No node found with name 'n1'");
  EXPECT_EQ(leave(client_, "n1", true).error().detail,
            "Must be a server to force-leave a node from the WAN cluster");
  EXPECT_TRUE(told_.empty());
}

m::OperateKeyrings operation(m::KeyringRequest::Operation what, const std::string& key = {}) {
  m::OperateKeyrings made;
  made.set_operation(what);
  made.set_key(key);
  made.set_relay_factor(3);
  return made;
}

TEST_F(pool_operator_test, operates_on_the_keyring_of_the_wan_first) {
  lan_.keyring->set_num_nodes(3);
  lan_.keyring->set_num_responses(3);
  (*lan_.keyring->mutable_keys())["k"] = 3;
  const auto reports = ask<m::Keyrings>(server_, operation(m::KeyringRequest::INSTALL, "k"));
  ASSERT_TRUE(reports);
  EXPECT_EQ(told_, (lines{"wan keyring INSTALL k 3", "lan keyring INSTALL k 3"}));
  ASSERT_EQ(reports->pools_size(), 2);
  EXPECT_TRUE(reports->pools(0).wan());
  EXPECT_EQ(reports->pools(1).datacenter(), "dc1");
  EXPECT_EQ(reports->pools(1).num_nodes(), 3);
  EXPECT_EQ(reports->pools(1).keys().at("k"), 3);
  EXPECT_EQ(reports->pools(1).error(), "");
}

TEST_F(pool_operator_test, goes_on_to_the_next_pool_when_one_fails) {
  wan_.keyring = messages::failure{messages::errc::bad_request, "illegal base64 data"};
  lan_.keyring->set_num_nodes(3);
  lan_.keyring->set_num_responses(2);
  const auto reports = ask<m::Keyrings>(server_, operation(m::KeyringRequest::USE, "zz"));
  ASSERT_TRUE(reports);
  EXPECT_EQ(reports->pools(0).error(), "illegal base64 data");
  EXPECT_EQ(reports->pools(1).error(), "2/3 nodes reported success");
  lan_.keyring->set_num_errors(1);
  (*lan_.keyring->mutable_messages())["n2"] = "no";
  const auto again = ask<m::Keyrings>(server_, operation(m::KeyringRequest::USE, "zz"));
  EXPECT_EQ(again->pools(1).error(), "1/3 nodes reported failure");
  EXPECT_EQ(again->pools(1).messages().at("n2"), "no");
}

TEST_F(pool_operator_test, lists_this_datacenters_keys_alone_if_asked_to) {
  auto list = operation(m::KeyringRequest::LIST);
  list.set_local_only(true);
  EXPECT_EQ(ask<m::Keyrings>(server_, list)->pools_size(), 1);
  EXPECT_EQ(told_, lines{"lan keyring LIST  3"});
  list.set_operation(m::KeyringRequest::REMOVE);
  EXPECT_EQ(ask<m::Keyrings>(server_, list).error().detail,
            "argument error: LocalOnly can only be used for List operations");
}

TEST_F(pool_operator_test, maps_the_servers_of_all_datacenters) {
  for (const char* name : {"b.dc2", "a.with.dots.dc1", "s1.dc1", "nameless"})
    wan_.coordinates.add_coordinates()->set_node(name);
  const auto maps = ask<m::DatacenterMaps>(server_, m::DatacenterMapsQuery());
  ASSERT_TRUE(maps);
  ASSERT_EQ(maps->maps_size(), 2);
  EXPECT_EQ(maps->maps(0).datacenter(), "dc1");
  EXPECT_EQ(maps->maps(0).area_id(), "wan");
  EXPECT_EQ(maps->maps(0).coordinates(0).node(), "a.with.dots");
  EXPECT_EQ(maps->maps(0).coordinates(1).node(), "s1");
  EXPECT_EQ(maps->maps(1).coordinates(0).node(), "b");
}

TEST_F(pool_operator_test, says_why_an_event_did_not_get_into_the_pool) {
  m::FireUserEvent event;
  event.set_name("e");
  EXPECT_TRUE(ask<m::Done>(server_, event));
  lan_.event_refusal = "user event exceeds configured limit of 512 bytes before encoding";
  EXPECT_EQ(ask<m::Done>(server_, event).error().detail,
            "error broadcasting event: user event exceeds configured limit of 512 bytes before "
            "encoding");
  EXPECT_EQ(told_, (lines{"lan event e", "lan event e"}));
}

}  // namespace
}  // namespace troupe::actors::pools
