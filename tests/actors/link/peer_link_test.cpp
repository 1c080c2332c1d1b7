// Links between nodes of one process: what travels, what is refused, how a link comes and goes.
#include <future>

#include <caf/send.hpp>
#include <gtest/gtest.h>

#include "actors/link/failures.hpp"
#include "tests/actors/link/link_world.hpp"

namespace troupe::tests {

namespace {

link::link_options quick_options() {
  link::link_options options;
  options.core.ping_interval = 50ms;
  options.core.dial_timeout = 500ms;
  options.core.backoff_min = 20ms;
  options.core.backoff_max = 100ms;
  return options;
}

struct peer_links_test : testing::Test {
  test_node a{{.id = "a", .links = quick_options()}};
  test_node b{{.id = "b", .links = quick_options()}};

  void SetUp() override {
    a.knows({b.as_known()});
    b.knows({a.as_known()});
  }
};

TEST_F(peer_links_test, cost_no_connection_before_they_are_used) {
  EXPECT_EQ(a.status_to("b").state(), "idle");
  EXPECT_EQ(b.statuses().inbound(), 0U);
}

TEST_F(peer_links_test, carry_a_request_and_its_answer_with_their_types) {
  const auto answer = a.get("b", "foo");
  ASSERT_TRUE(answer) << answer.error().detail;
  ASSERT_EQ(answer->entries_size(), 1);
  EXPECT_EQ(answer->entries(0).key(), "foo");
  EXPECT_EQ(a.status_to("b").state(), "up");
  EXPECT_EQ(b.traffic().requests, 1U);
}

TEST_F(peer_links_test, carry_an_error_of_the_other_node_unchanged) {
  const auto answer = a.get("b", "refused");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, m::errc::forbidden);
  EXPECT_EQ(answer.error().detail, "Permission denied: refused");
}

TEST_F(peer_links_test, find_the_router_and_the_raft_peer_by_their_role) {
  const auto link = a.to("b");
  const auto of_router = a.ask<m::RaftStatus>(link.router, m::RaftStatusQuery());
  const auto of_raft = a.ask<m::RaftStatus>(link.raft_peer, m::RaftStatusQuery());
  ASSERT_TRUE(of_router && of_raft);
  EXPECT_EQ(of_router->role(), "router");
  EXPECT_EQ(of_raft->role(), "raft_peer");
  const auto read = a.ask<m::ReadIndexReply>(link.raft_peer, m::ReadIndexQuery());
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->index(), 7U);
  const auto written = a.ask<m::CommandResult>(link.raft_peer, m::Propose());
  ASSERT_TRUE(written);
  EXPECT_EQ(written->index(), 2U);
}

TEST_F(peer_links_test, have_a_connection_for_each_direction) {
  ASSERT_TRUE(a.get("b", "x"));
  const auto inbound = [this] { return a.statuses().inbound() + b.statuses().inbound(); };
  EXPECT_TRUE(eventually([&] { return inbound() == 1; }));
  ASSERT_TRUE(b.get("a", "y"));
  EXPECT_TRUE(eventually([&] { return inbound() == 2; }));
}

TEST_F(peer_links_test, come_up_when_both_dial_at_once) {
  for (int round = 0; round < 20; ++round) {
    test_node c({.id = "c", .links = quick_options()});
    test_node d({.id = "d", .links = quick_options()});
    c.knows({d.as_known()});
    d.knows({c.as_known()});
    auto other = std::async(std::launch::async, [&] { return d.get("c", "from d"); });
    const auto one = c.get("d", "from c");
    const auto two = other.get();
    EXPECT_TRUE(one) << one.error().detail;
    EXPECT_TRUE(two) << two.error().detail;
    EXPECT_TRUE(c.get("d", "again"));
    EXPECT_TRUE(d.get("c", "again"));
  }
}

TEST_F(peer_links_test, bring_raft_messages_to_the_raft_peer_in_order) {
  const auto send = link::raft_sender(a.directory());
  for (std::uint64_t term = 1; term <= 500; ++term) {
    m::RaftMessage message;
    message.set_to("b");
    message.mutable_append_entries()->set_term(term);
    send(std::move(message));
  }
  EXPECT_TRUE(eventually([&] { return b.traffic().raft_messages == 500; }));
  EXPECT_EQ(b.traffic().last_raft_term, 500U);
  EXPECT_EQ(a.status_to("b").one_way_dropped(), 0U);
}

TEST_F(peer_links_test, do_not_let_blocking_queries_take_places_of_the_window) {
  caf::scoped_actor self(a.system());
  auto get = kv_get("watched");
  get.mutable_options()->set_min_index(5);
  get.mutable_options()->set_ticket(77);
  for (int i = 0; i < 500; ++i)
    self->request(a.to("b").router, caf::infinite, get);
  EXPECT_TRUE(a.get("b", "quick"));
  EXPECT_EQ(a.status_to("b").in_flight(), 500U);
  m::CancelQuery cancel;
  cancel.set_ticket(77);
  caf::anon_send(a.to("b").router, cancel);
  EXPECT_TRUE(eventually([&] { return b.traffic().cancelled == 1; }));
  EXPECT_EQ(a.status_to("b").in_flight(), 499U);  // nobody will answer the cancelled one
}

TEST_F(peer_links_test, cancel_the_blocking_queries_of_who_has_gone) {
  caf::scoped_actor self(a.system());
  for (std::uint64_t ticket = 1; ticket <= 3; ++ticket) {
    auto get = kv_get("watched");
    get.mutable_options()->set_min_index(5);
    get.mutable_options()->set_ticket(ticket);
    self->request(a.to("b").router, caf::infinite, get);
  }
  ASSERT_TRUE(eventually([&] { return b.traffic().requests == 3; }));
  a.knows({});
  EXPECT_TRUE(eventually([&] { return b.traffic().cancelled == 3; }));
}

TEST_F(peer_links_test, forget_a_server_that_is_not_known_any_more) {
  ASSERT_TRUE(a.get("b", "x"));
  const auto held = a.to("b").router;
  auto waiting = std::async(std::launch::async, [&] { return a.get("b", "silent"); });
  ASSERT_TRUE(eventually([&] { return b.traffic().requests == 2; }));
  a.knows({});
  EXPECT_FALSE(a.directory()->find({"b"}));
  const auto lost = waiting.get();
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().detail, "rpc error making call: EOF");
  EXPECT_TRUE(eventually([&] { return b.statuses().inbound() == 0; }));
}

TEST_F(peer_links_test, say_why_a_server_cannot_be_reached) {
  std::uint16_t gone = 0;
  {
    test_node c({.id = "c", .links = quick_options()});
    gone = c.port();
  }
  a.knows({known_server("c", gone)});
  const auto answer = a.get("c", "x");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().detail,
            "rpc error getting client: failed to get conn: dial tcp 127.0.0.1:" +
                std::to_string(gone) + ": connect: connection refused");
  EXPECT_TRUE(link::is_never_sent(answer.error()));
}

TEST_F(peer_links_test, refuse_to_talk_to_another_node_than_meant) {
  a.knows({known_server("c", b.port())});
  const auto answer = a.get("c", "x");
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().detail.find("another node answers: node-b"), std::string::npos);
}

TEST(peer_link, sheds_what_the_window_and_its_queue_do_not_hold) {
  auto options = quick_options();
  options.window.in_flight_max = 4;
  options.window.queued_max = 2;
  test_node a({.id = "a", .links = options});
  test_node b({.id = "b", .links = options});
  a.knows({b.as_known()});
  ASSERT_TRUE(a.get("b", "x"));
  caf::scoped_actor self(a.system());
  for (int i = 0; i < 6; ++i)
    self->request(a.to("b").router, caf::infinite, kv_get("silent"));
  const auto refused = a.get("b", "x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, m::errc::unavailable);
  EXPECT_EQ(refused.error().detail,
            "rate limit exceeded, try again later or against a different server");
  const auto status = a.status_to("b");
  EXPECT_EQ(status.in_flight(), 4U);
  EXPECT_EQ(status.queued(), 2U);
  EXPECT_EQ(status.shed(), 1U);
  EXPECT_TRUE(eventually([&] { return b.traffic().requests == 5; }));
}

TEST(peer_link, answers_for_a_request_whose_time_is_over) {
  auto options = quick_options();
  options.request_timeout = 100ms;
  test_node a({.id = "a", .links = options});
  test_node b({.id = "b", .links = options});
  a.knows({b.as_known()});
  ASSERT_TRUE(a.get("b", "x"));
  const auto late = a.get("b", "silent");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, m::errc::timed_out);
  EXPECT_EQ(late.error().detail, "rpc error making call: i/o deadline reached");
  EXPECT_FALSE(link::is_never_sent(late.error()));
  EXPECT_TRUE(a.get("b", "the link is still up"));
  EXPECT_EQ(a.status_to("b").losses(), 0U);
}

TEST(peer_link, refuses_a_request_that_fits_into_no_frame) {
  auto options = quick_options();
  options.frames.frame_bytes_max = 100'000;
  test_node a({.id = "a", .links = options});
  test_node b({.id = "b", .links = options});
  a.knows({b.as_known()});
  const auto refused = a.get("b", std::string(100'000, 'k'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, m::errc::too_large);
}

TEST(peer_link, is_cut_by_a_frame_that_is_larger_than_allowed_and_comes_back) {
  auto options = quick_options();
  options.frames.frame_bytes_max = 100'000;
  test_node a({.id = "a", .links = options});
  test_node b({.id = "b", .links = options});
  a.knows({b.as_known()});
  const auto lost = a.get("b", "size:200000");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().detail, "rpc error making call: EOF");
  EXPECT_TRUE(eventually([&] { return a.get("b", "x").has_value(); }));
  EXPECT_EQ(a.status_to("b").losses(), 1U);
}

TEST(peer_link, hangs_up_when_neither_side_uses_it) {
  auto options = quick_options();
  options.core.idle_timeout = 200ms;
  test_node a({.id = "a", .links = options});
  test_node b({.id = "b", .links = options});
  a.knows({b.as_known()});
  ASSERT_TRUE(a.get("b", "x"));
  EXPECT_TRUE(eventually([&] { return a.status_to("b").state() == "idle"; }));
  EXPECT_TRUE(eventually([&] { return b.statuses().inbound() == 0; }));
  EXPECT_TRUE(a.get("b", "dials again"));
  EXPECT_EQ(a.status_to("b").losses(), 0U);
}

TEST(peer_link, serves_a_client_that_does_not_listen) {
  test_node server({.id = "s", .links = quick_options()});
  test_node client({.id = "c", .server = false, .links = quick_options()});
  client.knows({server.as_known()});
  EXPECT_TRUE(client.get("s", "x"));
  EXPECT_TRUE(eventually([&] { return server.statuses().inbound() == 1; }));
}

}  // namespace

}  // namespace troupe::tests
