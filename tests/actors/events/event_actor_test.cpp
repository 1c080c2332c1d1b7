// The actor around the kept events, in virtual time, with its neighbours played.
#include "actors/events/event_actor.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <gtest/gtest.h>

#include "actors/events/kept_events.hpp"
#include "actors/gossip/wire/consul_event.hpp"
#include "tests/support/played_actor.hpp"
#include "tests/support/virtual_system.hpp"

namespace troupe::actors::events {
namespace {

using namespace std::chrono_literals;

constexpr const char* own_id = "b54fe110-7af5-cafc-d1fb-afc8ba432b1c";
constexpr const char* other_id = "00000000-0000-0001-0000-000000000002";

class event_actor_test : public testing::Test {
 protected:
  event_actor_test() {
    router_ = world_.system.spawn([this] {
      return tests::played<router_actor>(
          [this](const m::FireUserEvent& fire) -> caf::result<m::Done> {
            if (!refusal_.empty())
              return to_caf({messages::errc::failed, refusal_});
            fired_.push_back(fire);
            return m::Done();
          });
    });
    registry_ = world_.system.spawn([this] {
      return tests::played<local_registry_actor>(
          [this](const m::LocalServicesQuery&) { return services_; });
    });
    pool_ = world_.system.spawn([this] {
      return tests::played<gossip_member_actor>(
          [this](const m::SubscribeToUserEvents&) { ++subscribed_; });
    });
    events_ = spawn_events(
        world_.system,
        {.node = "n1", .router = router_, .registry = registry_, .pool = pool_, .new_id = [] {
           return std::string(own_id);
         }});
    world_.run();
  }
  ~event_actor_test() override {
    for (const auto& each :
         {caf::actor_cast<caf::actor>(events_), caf::actor_cast<caf::actor>(router_),
          caf::actor_cast<caf::actor>(registry_), caf::actor_cast<caf::actor>(pool_)})
      caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
    world_.run();
  }

  void comes(const char* id, const std::string& name, const std::string& service_filter = {}) {
    m::UserEvent event;
    event.set_name("consul:event:" + name);
    event.set_payload(gossip::wire::encode(
        {.id = id, .name = name, .service_filter = service_filter, .payload = "p"}));
    event.set_ltime(5);
    caf::anon_send(events_, event);
    world_.run();
  }

  // Keeps what is answered, if it is.
  template <class Reply, class Request>
  std::shared_ptr<messages::result<Reply>> ask(const Request& request) {
    auto outcome = std::make_shared<messages::result<Reply>>(
        messages::failure{messages::errc::timed_out, "not answered"});
    world_.system.spawn([this, request, outcome](caf::event_based_actor* self) {
      self->request(events_, caf::infinite, request)
          .then([outcome](Reply& reply) { *outcome = std::move(reply); },
                [outcome](const caf::error& why) { *outcome = from_caf(why); });
    });
    world_.run();
    return outcome;
  }
  std::shared_ptr<messages::result<m::AgentEvents>> list(std::uint64_t min_index = 0,
                                                         std::int64_t wait_ms = 0) {
    m::EventsQuery query;
    query.mutable_options()->set_min_index(min_index);
    query.mutable_options()->set_wait_ms(wait_ms);
    query.mutable_options()->set_ticket(77);
    return ask<m::AgentEvents>(query);
  }

  tests::virtual_system world_;
  std::string refusal_;
  std::vector<m::FireUserEvent> fired_;
  m::LocalServices services_;
  int subscribed_ = 0;
  router_actor router_;
  local_registry_actor registry_;
  gossip_member_actor pool_;
  event_actor events_;
};

TEST_F(event_actor_test, fires_into_the_pool_what_consul_would) {
  EXPECT_EQ(subscribed_, 1);
  m::FireEvent fire;
  fire.set_datacenter("dc2");
  fire.mutable_event()->set_name("deploy");
  fire.mutable_event()->set_payload("hello");
  fire.mutable_event()->set_node_filter("n.*");
  const auto answer = *ask<m::AgentEvent>(fire);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->id(), own_id);
  EXPECT_EQ(answer->version(), 1);
  EXPECT_EQ(answer->ltime(), 0U);
  ASSERT_EQ(fired_.size(), 1U);
  EXPECT_EQ(fired_[0].name(), "consul:event:deploy");
  EXPECT_EQ(fired_[0].datacenter(), "dc2");
  const auto sent = gossip::wire::decode_consul_event(fired_[0].payload());
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->id, own_id);
  EXPECT_EQ(sent->name, "deploy");
  EXPECT_EQ(sent->payload, "hello");
  EXPECT_EQ(sent->node_filter, "n.*");
  EXPECT_TRUE((*list())->events().empty()) << "it is kept when the pool brings it";
}

TEST_F(event_actor_test, passes_on_why_an_event_is_refused) {
  m::FireEvent fire;
  fire.mutable_event()->set_name("x");
  refusal_ = "No path to datacenter";
  EXPECT_EQ(ask<m::AgentEvent>(fire)->error().detail, "No path to datacenter");
  fire.mutable_event()->set_tag_filter("a");
  EXPECT_EQ(ask<m::AgentEvent>(fire)->error().detail,
            "Cannot provide tag filter without service filter");
}

TEST_F(event_actor_test, keeps_what_comes_and_is_meant_for_this_agent_in_order) {
  (*services_.mutable_services())["web-1"].set_service("web");
  comes(own_id, "a", "web");
  comes(other_id, "b", "cache");
  comes(other_id, "c");
  const auto kept = *list();
  ASSERT_TRUE(kept);
  ASSERT_EQ(kept->events_size(), 2);
  EXPECT_EQ(kept->events(0).name(), "a");
  EXPECT_EQ(kept->events(0).payload(), "p");
  EXPECT_EQ(kept->events(0).ltime(), 5U);
  EXPECT_EQ(kept->events(1).name(), "c");
}

TEST_F(event_actor_test, ignores_other_user_events_and_what_cannot_be_read) {
  m::UserEvent event;
  event.set_name("deploy");
  caf::anon_send(events_, event);
  event.set_name("consul:event:deploy");
  event.set_payload("\xff junk");
  caf::anon_send(events_, event);
  world_.run();
  EXPECT_TRUE((*list())->events().empty());
}

TEST_F(event_actor_test, holds_a_list_until_another_event_comes) {
  comes(other_id, "a");
  const auto index = (*list())->meta().index();
  EXPECT_EQ(index, index_of_event(other_id));
  EXPECT_TRUE(*list(index + 1)) << "another index is answered at once";
  const auto waiting = list(index);
  EXPECT_EQ(waiting->error().detail, "not answered");
  comes(own_id, "a");
  ASSERT_TRUE(*waiting);
  EXPECT_EQ((*waiting)->events_size(), 2);
}

TEST_F(event_actor_test, answers_a_held_list_when_its_time_is_over) {
  const auto waiting = list(1, 16'000);
  world_.advance(15s);
  EXPECT_FALSE(*waiting);
  world_.advance(2s);
  ASSERT_TRUE(*waiting) << "16 s and up to a sixteenth more";
  EXPECT_EQ((*waiting)->meta().index(), 1U);
}

TEST_F(event_actor_test, forgets_a_held_list_whose_client_is_gone) {
  const auto waiting = list(1, 1000);
  m::CancelQuery cancel;
  cancel.set_ticket(77);
  caf::anon_send(events_, cancel);
  world_.run();
  world_.advance(10s);
  EXPECT_FALSE(*waiting);
}

}  // namespace
}  // namespace troupe::actors::events
