// The actor around the core, with a router that is played here: it holds every query until the test
// answers it.
#include "actors/cache/request_cache_actor.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <gtest/gtest.h>

#include "actors/runtime/errors.hpp"
#include "tests/support/played_actor.hpp"

namespace troupe::actors::cache {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 20s;

struct held_query {
  m::ServiceHealthQuery query;
  caf::typed_response_promise<m::ServiceHealth> promise;
};

struct played_router {
  std::mutex mutex;
  std::condition_variable news;
  std::deque<held_query> queries;
  std::deque<std::uint64_t> cancelled;
  int datacenters_asked = 0;

  held_query next() {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(news.wait_for(lock, patience, [this] { return !queries.empty(); }));
    if (queries.empty())
      return {};
    auto taken = std::move(queries.front());
    queries.pop_front();
    return taken;
  }
};

router_actor::behavior_type router_behavior(router_actor::pointer self, played_router* played) {
  return tests::played<router_actor>(
      [](const m::ServicesQuery&) -> caf::result<m::Services> {
        return to_caf({messages::errc::failed, "No path to datacenter"});
      },
      [self, played](const m::ServiceHealthQuery& query) -> caf::result<m::ServiceHealth> {
        auto promise = self->make_response_promise<m::ServiceHealth>();
        {
          const std::lock_guard lock(played->mutex);
          played->queries.push_back({query, promise});
        }
        played->news.notify_all();
        return promise;
      },
      [played](const m::DatacentersQuery&) {
        const std::lock_guard lock(played->mutex);
        m::Datacenters known;
        known.add_names("dc" + std::to_string(++played->datacenters_asked));
        return known;
      },
      [played](const m::CancelQuery& cancel) {
        const std::lock_guard lock(played->mutex);
        played->cancelled.push_back(cancel.ticket());
      });
}

m::ServiceHealth health_of(const std::string& id, std::uint64_t index) {
  m::ServiceHealth found;
  found.mutable_meta()->set_index(index);
  found.mutable_meta()->set_known_leader(true);
  found.add_instances()->mutable_service()->set_id(id);
  return found;
}

class request_cache_on_a_thread : public testing::Test {
 protected:
  request_cache_on_a_thread() : system_(config_), self_(system_), home_(system_) {
    home_.start();
    router_ = system_.spawn(router_behavior, &played_);
    request_cache_needs needs;
    needs.router = router_;
    needs.datacenter = "dc1";
    needs.options = options_;
    cache_ = spawn_request_cache(system_, home_, needs);
  }
  ~request_cache_on_a_thread() override {
    self_->send_exit(cache_, caf::exit_reason::user_shutdown);
    self_->wait_for(cache_);
    self_->send_exit(router_, caf::exit_reason::user_shutdown);
    cache_ = nullptr;
    router_ = nullptr;
    played_.queries.clear();
    home_.stop();
  }

  template <class Reply, class Request>
  messages::result<Reply> ask(const Request& request) {
    messages::result<Reply> outcome = messages::failure{};
    self_->request(cache_, patience, request)
        .receive([&](Reply& reply) { outcome = std::move(reply); },
                 [&](const caf::error& why) { outcome = from_caf(why); });
    return outcome;
  }

  static m::ServiceHealthQuery web(std::uint64_t min_index = 0) {
    m::ServiceHealthQuery query;
    query.mutable_selection()->set_service("web");
    query.mutable_options()->set_min_index(min_index);
    return query;
  }

  request_cache_options options_;
  played_router played_;
  caf::actor_system_config config_;
  caf::actor_system system_;
  caf::scoped_actor self_;
  io_thread home_;
  router_actor router_;
  request_cache_actor cache_;
};

TEST_F(request_cache_on_a_thread, fetches_once_and_then_answers_from_the_entry) {
  auto handle = self_->request(cache_, patience, web());
  auto first = played_.next();
  EXPECT_EQ(first.query.options().min_index(), 0u);
  EXPECT_EQ(first.query.options().consistency(), m::STALE);
  first.promise.deliver(health_of("one", 5));
  handle.receive(
      [](const m::ServiceHealth& reply) {
        EXPECT_TRUE(reply.meta().cached());
        EXPECT_FALSE(reply.meta().cache_hit());
        EXPECT_EQ(reply.meta().index(), 5u);
        EXPECT_EQ(reply.meta().consistency(), m::LEADER);
        EXPECT_EQ(reply.instances(0).service().id(), "one");
      },
      [](const caf::error& why) { FAIL() << from_caf(why).detail; });
  const auto background = played_.next();
  EXPECT_EQ(background.query.options().min_index(), 5u);
  EXPECT_NE(background.query.options().ticket(), first.query.options().ticket());
  const auto again = ask<m::ServiceHealth>(web());
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->meta().cache_hit());
  EXPECT_EQ(again->meta().cache_age_s(), 0);
  EXPECT_TRUE(again->meta().known_leader());
}

TEST_F(request_cache_on_a_thread, wakes_a_blocking_request_by_the_background_query) {
  auto first = self_->request(cache_, patience, web());
  played_.next().promise.deliver(health_of("one", 5));
  first.receive([](const m::ServiceHealth&) {}, [](const caf::error&) { FAIL(); });
  auto background = played_.next();
  auto blocked = self_->request(cache_, patience, web(5));
  // Served after the one above, as both come from here.
  EXPECT_TRUE(ask<m::ServiceHealth>(web())->meta().cache_hit());
  background.promise.deliver(health_of("two", 8));
  blocked.receive(
      [](const m::ServiceHealth& reply) {
        EXPECT_EQ(reply.instances(0).service().id(), "two");
        EXPECT_EQ(reply.meta().index(), 8u);
        EXPECT_FALSE(reply.meta().cache_hit());
      },
      [](const caf::error&) { FAIL(); });
}

TEST_F(request_cache_on_a_thread, answers_with_what_it_has_when_the_wait_is_over) {
  auto first = self_->request(cache_, patience, web());
  played_.next().promise.deliver(health_of("one", 5));
  first.receive([](const m::ServiceHealth&) {}, [](const caf::error&) { FAIL(); });
  auto query = web(5);
  query.mutable_options()->set_wait_ms(50);
  const auto reply = ask<m::ServiceHealth>(query);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->meta().index(), 5u);
}

TEST_F(request_cache_on_a_thread, lets_go_of_a_request_whose_client_hung_up) {
  auto first = self_->request(cache_, patience, web());
  played_.next().promise.deliver(health_of("one", 5));
  first.receive([](const m::ServiceHealth&) {}, [](const caf::error&) { FAIL(); });
  auto query = web(5);
  query.mutable_options()->set_ticket(42);
  auto blocked = self_->request(cache_, patience, query);
  m::CancelQuery cancel;
  cancel.set_ticket(42);
  self_->send(cache_, cancel);
  blocked.receive([](const m::ServiceHealth&) { FAIL(); }, [](const caf::error&) {});
}

TEST_F(request_cache_on_a_thread, passes_a_servers_refusal_on) {
  const auto reply = ask<m::Services>(m::ServicesQuery());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().detail, "No path to datacenter");
}

TEST_F(request_cache_on_a_thread, keeps_datacenters_until_asked_to_revalidate) {
  m::DatacentersQuery query;
  EXPECT_EQ(ask<m::Datacenters>(query)->names(0), "dc1");
  const auto kept = ask<m::Datacenters>(query);
  EXPECT_EQ(kept->names(0), "dc1");
  EXPECT_TRUE(kept->meta().cache_hit());
  query.mutable_options()->mutable_cache()->set_must_revalidate(true);
  const auto fresh = ask<m::Datacenters>(query);
  EXPECT_EQ(fresh->names(0), "dc2");
  EXPECT_FALSE(fresh->meta().cache_hit());
}

}  // namespace
}  // namespace troupe::actors::cache
