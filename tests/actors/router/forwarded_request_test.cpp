// A router and other servers that are played.
#include <atomic>
#include <map>
#include <memory>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <gtest/gtest.h>

#include "actors/router/router_actor.hpp"
#include "actors/runtime/errors.hpp"
#include "tests/support/played_actor.hpp"

namespace troupe::actors::router {
namespace {

using messages::errc;
using messages::failure;

const failure never_sent{errc::io, "rpc error getting client: refused"};
const failure lost{errc::failed, "rpc error making call: EOF"};

// What another server does with the requests it gets, one after the other; then it answers.
struct played_server {
  std::vector<failure> refusals;
  std::atomic<int> asked{0};
  std::atomic<bool> last_was_forwarded{false};

  std::optional<failure> next(bool forwarded) {
    last_was_forwarded = forwarded;
    const auto turn = static_cast<std::size_t>(asked++);
    return turn < refusals.size() ? std::optional(refusals[turn]) : std::nullopt;
  }
};

router_actor::behavior_type server_behavior(played_server* server) {
  return tests::played<router_actor>(
      [server](const m::KvGet& get) -> caf::result<m::KvEntries> {
        if (const auto why = server->next(false))
          return to_caf(*why);
        m::KvEntries found;
        found.mutable_meta()->set_index(static_cast<std::uint64_t>(get.options().wait_ms()));
        return found;
      },
      [server](const m::Propose& request) -> caf::result<m::CommandResult> {
        if (const auto why = server->next(request.options().forwarded()))
          return to_caf(*why);
        m::CommandResult done;
        done.set_index(5);
        return done;
      },
      [server](const m::CancelQuery&) { ++server->asked; });
}

class router_among_others : public testing::Test {
 protected:
  router_among_others() : system_(config_), self_(system_), home_(system_) {
    home_.start();
    for (const char* id : {"a", "b"})
      routers_[id] = system_.spawn([server = &servers_[id]] { return server_behavior(server); });
  }
  ~router_among_others() override {
    self_->send_exit(router_, caf::exit_reason::user_shutdown);
    self_->wait_for(router_);
    router_ = nullptr;
    for (auto& [id, router] : routers_)
      self_->send_exit(router, caf::exit_reason::user_shutdown);
    routers_.clear();
    home_.stop();
  }

  other_servers others() {
    other_servers known;
    known.find = [this](const std::string& id) -> std::optional<router_actor> {
      const auto found = routers_.find(id);
      return found == routers_.end() ? std::nullopt : std::optional(found->second);
    };
    known.ids = [this] {
      std::vector<std::string> ids;
      for (const auto& [id, router] : routers_)
        ids.push_back(id);
      return ids;
    };
    known.is_never_sent = [](const failure& why) { return why.code == errc::io; };
    return known;
  }

  void start_client() {
    router_needs needs;
    needs.datacenter = "dc1";
    needs.others = others();
    needs.random_seed = 7;
    router_ = spawn_router(system_, home_, std::move(needs));
  }
  void start_follower_of(const std::string& leader) {
    leads_.leader_is(leader);
    router_needs needs;
    needs.datacenter = "dc1";
    needs.raft_peer = system_.spawn([] {
      return tests::played<raft_peer_actor>([](const m::Propose&) {
        m::CommandResult own;
        own.set_index(77);
        return own;
      });
    });
    needs.leads = &leads_;
    needs.others = others();
    router_ = spawn_router(system_, home_, std::move(needs));
  }

  template <class Reply, class Request>
  messages::result<Reply> ask(const Request& request) {
    messages::result<Reply> outcome = failure{};
    self_->request(router_, std::chrono::seconds(20), request)
        .receive([&](Reply& reply) { outcome = std::move(reply); },
                 [&](const caf::error& why) { outcome = from_caf(why); });
    return outcome;
  }
  messages::result<m::CommandResult> put() {
    m::Propose propose;
    propose.mutable_command()->mutable_kv()->mutable_entry()->set_key("k");
    return ask<m::CommandResult>(propose);
  }
  messages::result<m::KvEntries> get() {
    m::KvGet request;
    request.set_key("k");
    return ask<m::KvEntries>(request);
  }
  int asked() { return servers_["a"].asked + servers_["b"].asked; }

  caf::actor_system_config config_;
  caf::actor_system system_;
  caf::scoped_actor self_;
  io_thread home_;
  leadership leads_;
  std::map<std::string, played_server> servers_;
  std::map<std::string, router_actor> routers_;
  router_actor router_;
};

TEST_F(router_among_others, of_a_follower_sends_a_write_to_the_leader_marked_as_forwarded) {
  start_follower_of("b");
  EXPECT_EQ(put()->index(), 5u);
  EXPECT_EQ(servers_["a"].asked, 0);
  EXPECT_TRUE(servers_["b"].last_was_forwarded);
}

TEST_F(router_among_others, of_a_leader_keeps_a_write_here) {
  start_follower_of("b");
  leads_.leads(true);
  EXPECT_EQ(put()->index(), 77u);
  EXPECT_EQ(asked(), 0);
}

TEST_F(router_among_others, does_not_pass_on_what_was_passed_on_to_it) {
  start_follower_of("b");
  m::Propose propose;
  propose.mutable_options()->set_forwarded(true);
  propose.mutable_command()->mutable_kv()->mutable_entry()->set_key("k");
  EXPECT_EQ(ask<m::CommandResult>(propose)->index(), 77u);
  EXPECT_EQ(asked(), 0);
}

TEST_F(router_among_others, repeats_a_write_that_was_refused_or_never_sent) {
  start_follower_of("b");
  servers_["b"].refusals = {{errc::not_leader, ""}, never_sent, {errc::no_leader, ""}};
  EXPECT_EQ(put()->index(), 5u);
  EXPECT_EQ(servers_["b"].asked, 4);
}

TEST_F(router_among_others, never_repeats_a_write_that_may_have_been_done) {
  start_follower_of("b");
  servers_["b"].refusals = {lost};
  const auto outcome = put();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().detail, lost.detail);
  EXPECT_EQ(servers_["b"].asked, 1);
}

TEST_F(router_among_others, hands_on_what_the_leader_says_of_a_write) {
  start_follower_of("b");
  servers_["b"].refusals = {{errc::bad_request, "no such thing"}};
  EXPECT_EQ(put().error().detail, "no such thing");
}

TEST_F(router_among_others, of_a_client_asks_another_server_when_one_is_lost) {
  start_client();
  ASSERT_TRUE(get());
  const std::string first = servers_["a"].asked > 0 ? "a" : "b";
  const std::string second = first == "a" ? "b" : "a";
  EXPECT_EQ(servers_[second].asked, 0);
  servers_[first].refusals = {lost, lost};
  EXPECT_TRUE(get());
  EXPECT_EQ(servers_[second].asked, 1);
  EXPECT_TRUE(get());
  EXPECT_EQ(servers_[second].asked, 2) << "it stays with whom it found";
}

TEST_F(router_among_others, of_a_client_learns_who_leads_and_writes_there_from_then_on) {
  start_client();
  ASSERT_TRUE(get());
  const std::string chosen = servers_["a"].asked > 0 ? "a" : "b";
  const std::string leader = chosen == "a" ? "b" : "a";
  servers_[chosen].refusals = {{}, {errc::not_leader, leader}};
  ASSERT_TRUE(put());
  EXPECT_TRUE(servers_[leader].last_was_forwarded);
  const int asked_first = servers_[chosen].asked;
  ASSERT_TRUE(put());
  EXPECT_EQ(servers_[chosen].asked, asked_first);
  EXPECT_EQ(servers_[leader].asked, 2);
}

TEST_F(router_among_others, of_a_client_lets_a_server_wait_for_a_leader_if_nobody_knows_one) {
  start_client();
  servers_["a"].refusals = servers_["b"].refusals = {{errc::not_leader, ""}};
  ASSERT_TRUE(put());
  EXPECT_EQ(asked(), 2);
  EXPECT_FALSE(servers_["a"].last_was_forwarded || servers_["b"].last_was_forwarded);
}

TEST_F(router_among_others, of_a_client_cancels_under_the_name_it_asked_with) {
  start_client();
  m::CancelQuery cancel;
  cancel.set_ticket(5);
  self_->send(router_, cancel);
  ASSERT_TRUE(get());  // handled after it
  EXPECT_GE(asked(), 2);
}

}  // namespace
}  // namespace troupe::actors::router
