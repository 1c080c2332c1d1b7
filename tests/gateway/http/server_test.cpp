// Whole requests over real sockets, with small typed actors behind the gateway.
#include "gateway/http/server.hpp"

#include <atomic>
#include <random>
#include <thread>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <gtest/gtest.h>

#include "actors/runtime/errors.hpp"
#include "gateway/http/gateway.hpp"
#include "tests/gateway/http/http_client.hpp"
#include "tests/support/played_actor.hpp"

namespace troupe::gateway {
namespace {

using testing::http_client;

// Keeps one key; queries above its index wait for ever, and their cancelling is counted.
struct seen {
  std::atomic<int> cancelled = 0;
  std::atomic<int> cancelled_in_cache = 0;
  std::atomic<int> waiting = 0;
  caf::typed_response_promise<m::KvEntries> held;  // of the key `slow`; the router's
};

actors::router_actor::behavior_type small_router(actors::router_actor::pointer self, seen* seen) {
  return tests::played<actors::router_actor>(
      [self, seen](const m::KvGet& get) -> caf::result<m::KvEntries> {
        if (get.options().min_index() > 5) {
          ++seen->waiting;
          return self->make_response_promise<m::KvEntries>();
        }
        m::KvEntries found;
        found.mutable_meta()->set_index(5);
        if (get.key() == "slow") {
          ++seen->waiting;
          seen->held = self->make_response_promise<m::KvEntries>();
          return seen->held;
        }
        if (get.key() == "release") {
          found.add_entries()->set_value("of slow");
          seen->held.deliver(found);
          return found;
        }
        if (get.key() == "large")
          found.add_entries()->set_value(std::string(4 << 20, 'x'));
        else if (get.key() != "none")
          found.add_entries()->set_value("of " + get.key());
        return found;
      },
      [](const m::NodesQuery&) -> caf::result<m::Nodes> {
        return actors::to_caf({m::errc::failed, "No path to datacenter"});
      },
      [](const m::ServicesQuery&) { return m::Services(); },
      [](const m::ServiceNodesQuery&) { return m::ServiceNodes(); },
      [](const m::ServiceHealthQuery&) { return m::ServiceHealth(); },
      [](const m::ServiceChecksQuery&) { return m::HealthChecks(); },
      [](const m::CaRootsQuery&) { return m::CaRoots(); },
      [](const m::RaftStatusQuery&) { return m::RaftStatus(); },
      [](const m::DatacentersQuery&) { return m::Datacenters(); },
      [](const m::Propose& propose) {
        m::CommandResult result;
        result.set_done(!propose.command().kv().entry().value().empty());
        return result;
      },
      [](const m::PreparedQueryExecute& query) {
        m::PreparedQueryResult result;
        result.set_known(true);
        result.set_service("for " + query.source_address());
        return result;
      },
      [seen](const m::CancelQuery&) { ++seen->cancelled; });
}

// Marks its answers as the request cache does.
template <class Query, class Reply>
auto marked() {
  return [](const Query&) {
    Reply reply;
    reply.mutable_meta()->set_cached(true);
    reply.mutable_meta()->set_cache_hit(true);
    return reply;
  };
}

actors::request_cache_actor::behavior_type small_cache(seen* seen) {
  return {
      marked<m::ServicesQuery, m::Services>(),
      marked<m::ServiceNodesQuery, m::ServiceNodes>(),
      marked<m::ServiceHealthQuery, m::ServiceHealth>(),
      marked<m::CaRootsQuery, m::CaRoots>(),
      marked<m::DatacentersQuery, m::Datacenters>(),
      [seen](const m::CancelQuery&) { ++seen->cancelled_in_cache; },
      [](const m::CacheTick&) {},
  };
}

class server : public ::testing::Test {
 protected:
  server() {
    options_.response_headers = {{"X-Own", "1"}};
    options_.ui_enabled = true;
  }
  ~server() override {
    http_.reset();
    for (auto& thread : threads_)
      thread->stop();
    entries_.clear();
    seen_.held = {};  // it keeps its actor, and the system waits for that
  }

  std::uint16_t start(connection_options limits = {}, int lanes = 2) {
    std::vector<server_lane> made;
    for (int i = 0; i < lanes; ++i) {
      threads_.push_back(std::make_unique<actors::io_thread>(system_));
      auto router = system_.spawn(small_router, &seen_);
      routers_.push_back(router);
      auto cache = system_.spawn([this] { return small_cache(&seen_); });
      entries_.push_back(spawn_gateway(system_, *threads_.back(), options_,
                                       {router, {}, {}, {}, cache}, static_cast<std::uint8_t>(i)));
      made.push_back({threads_.back().get(), entries_.back().entry});
    }
    http_ = std::make_unique<http_server>(made, limits);
    auto port = http_->listen_tcp("127.0.0.1", 0);
    EXPECT_TRUE(port);
    for (auto& thread : threads_)
      thread->start();
    return *port;
  }

  seen seen_;
  gateway_options options_;
  caf::actor_system_config config_;
  caf::actor_system system_{config_};
  std::vector<std::unique_ptr<actors::io_thread>> threads_;
  std::vector<actors::router_actor> routers_;
  std::vector<spawned_gateway> entries_;
  std::unique_ptr<http_server> http_;
};

TEST_F(server, answers_on_one_connection_again_and_again) {
  http_client client(start());
  for (int i = 0; i < 3; ++i) {
    const auto read = client.get("/v1/kv/a?raw");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->status, 200U);
    EXPECT_EQ(read->body, "of a");
    EXPECT_TRUE(read->has("\r\nX-Consul-Index: 5\r\n"));
    EXPECT_TRUE(read->has("\r\nVary: Accept-Encoding\r\n"));
    EXPECT_TRUE(read->has("\r\nX-Consul-Default-Acl-Policy: allow\r\n"));
    EXPECT_TRUE(read->has("\r\nX-Own: 1\r\n"));
  }
}

TEST_F(server, refuses_coordinates_that_are_switched_off) {
  options_.coordinates_enabled = false;
  http_client client(start());
  for (const char* path :
       {"/v1/coordinate/nodes", "/v1/coordinate/node/n1", "/v1/coordinate/datacenters"}) {
    const auto read = client.get(path);
    ASSERT_TRUE(read) << path;
    EXPECT_EQ(read->status, 401U) << path;
    EXPECT_EQ(read->body, "Coordinate support disabled") << path;
  }
  EXPECT_EQ(client.put("/v1/coordinate/update", "{}")->status, 401U);
  EXPECT_EQ(client.get("/v1/kv/a?raw")->status, 200U);
}

TEST_F(server, answers_requests_sent_ahead_in_order) {
  http_client client(start());
  std::string many;
  for (int i = 0; i < 200; ++i)
    many += "GET /v1/kv/k" + std::to_string(i) + "?raw HTTP/1.1\r\nHost: x\r\n\r\n";
  ASSERT_TRUE(client.send(many));
  for (int i = 0; i < 200; ++i) {
    const auto read = client.receive();
    ASSERT_TRUE(read) << i;
    EXPECT_EQ(read->body, "of k" + std::to_string(i));
  }
}

// Once the read that was under way while the second one was parsed was taken for the first's bytes.
TEST_F(server, reads_on_rightly_after_requests_sent_ahead) {
  http_client client(start());
  ASSERT_TRUE(
      client.send("GET /v1/kv/one?raw HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/kv/two?raw "
                  "HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_EQ(client.receive()->body, "of one");
  EXPECT_EQ(client.receive()->body, "of two");
  EXPECT_EQ(client.get("/v1/kv/six?raw")->body, "of six");
}

TEST_F(server, takes_a_body_in_pieces_and_in_chunks) {
  http_client client(start());
  const std::string request =
      "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  for (const char c : request)
    ASSERT_TRUE(client.send(std::string(1, c)));
  EXPECT_EQ(client.receive()->body, "true");
  EXPECT_EQ(client.put("/v1/kv/a", "")->body, "false");
  EXPECT_EQ(client.put("/v1/kv/a", std::string(512 * 1024, 'x'))->body, "true");
}

TEST_F(server, refuses_a_value_that_is_too_large_and_is_heard) {
  http_client client(start());
  const auto refused = client.put("/v1/kv/big", std::string(512 * 1024 + 1, 'x'));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 413U);
  EXPECT_TRUE(refused->body.starts_with("Request body(524289 bytes) too large"));
  EXPECT_TRUE(refused->has("Connection: close"));
  client.end_sending();
  EXPECT_TRUE(client.is_closed());
}

TEST_F(server, asks_for_the_body_of_a_client_that_expects_it) {
  http_client client(start());
  client.send(
      "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
  EXPECT_EQ(client.receive()->status, 100U);
  client.send("x");
  EXPECT_EQ(client.receive()->body, "true");
}

TEST_F(server, gives_a_failure_the_headers_that_consul_gives_it) {
  http_client client(start());
  const auto read = client.get("/v1/catalog/nodes?dc=nodc");
  EXPECT_EQ(read->status, 500U);
  EXPECT_EQ(read->body, "No path to datacenter");
  EXPECT_TRUE(read->has("\r\nX-Consul-Index: 1\r\n"));
  EXPECT_TRUE(read->has("\r\nX-Consul-Knownleader: false\r\n"));
}

TEST_F(server, says_what_is_not_there_yet) {
  http_client client(start());
  const auto stream = client.get("/v1/agent/metrics/stream");
  EXPECT_EQ(stream->status, 501U);
  EXPECT_EQ(stream->body, "/v1/agent/metrics/stream is not available in this version of troupe");
  EXPECT_EQ(client.get("/v1/acl/tokens")->status, 401U);
  EXPECT_EQ(client.get("/v1/agent/version")->status, 200U);
}

TEST_F(server, knows_where_the_client_of_a_proxy_is) {
  http_client client(start());
  const auto service_for = [&](std::string_view headers) {
    const auto read = client.get("/v1/query/q/execute", headers);
    EXPECT_EQ(read->status, 200U);
    return read->body.substr(0, read->body.find(','));
  };
  EXPECT_EQ(service_for("x-forwarded-for: 10.1.1.1, 10.2.2.2\r\nX-Forwarded-For: 10.3.3.3\r\n"),
            R"({"Service":"for 10.1.1.1")");
  EXPECT_EQ(service_for(""), R"({"Service":"for 127.0.0.1")") << "on the same connection";
}

TEST_F(server, cancels_the_query_of_a_client_that_hangs_up) {
  const auto port = start();
  {
    http_client client(port);
    client.send("GET /v1/kv/a?index=9 HTTP/1.1\r\nHost: x\r\n\r\n");
    while (seen_.waiting == 0)
      std::this_thread::yield();
  }
  while (seen_.cancelled == 0 || seen_.cancelled_in_cache == 0)
    std::this_thread::yield();
  EXPECT_EQ(http_client(port).get("/v1/kv/a?raw")->body, "of a");
}

TEST_F(server, answers_a_client_that_only_stopped_sending) {
  http_client client(start());
  client.send("GET /v1/kv/a?raw HTTP/1.1\r\nHost: x\r\n\r\n");
  client.end_sending();
  EXPECT_EQ(client.receive()->body, "of a");
  EXPECT_TRUE(client.is_closed());
}

// X-Cache of the answer; empty: none.
bool is_hit(http_client& client, const std::string& target) {
  const auto read = client.get(target);
  EXPECT_TRUE(read);
  EXPECT_EQ(read->status, 200U) << target;
  const bool hit = read->has("\r\nX-Cache: HIT\r\nAge: 0\r\n");
  EXPECT_EQ(hit, read->has("X-Cache"));
  return hit;
}

TEST_F(server, asks_the_cache_only_if_the_request_does_but_for_the_roots_always) {
  http_client client(start());
  for (const std::string path :
       {"/v1/health/service/web", "/v1/health/connect/web", "/v1/catalog/service/web",
        "/v1/catalog/connect/web", "/v1/catalog/services", "/v1/catalog/datacenters"}) {
    EXPECT_TRUE(is_hit(client, path + "?cached")) << path;
    EXPECT_FALSE(is_hit(client, path)) << path;
  }
  EXPECT_TRUE(is_hit(client, "/v1/agent/connect/ca/roots"));
  EXPECT_FALSE(is_hit(client, "/v1/connect/ca/roots?cached"));
  EXPECT_FALSE(is_hit(client, "/v1/health/checks/web?cached"));
}

TEST_F(server, leaves_the_cache_alone_if_told_so_but_for_the_roots) {
  options_.use_cache = false;
  http_client client(start());
  EXPECT_FALSE(is_hit(client, "/v1/health/service/web?cached"));
  EXPECT_FALSE(is_hit(client, "/v1/catalog/datacenters?cached"));
  EXPECT_TRUE(is_hit(client, "/v1/agent/connect/ca/roots"));
}

TEST_F(server, bounds_the_connections_of_a_client) {
  connection_options limits;
  limits.connections_per_client_max = 3;
  const auto port = start(limits);
  std::vector<std::unique_ptr<http_client>> open;
  for (int i = 0; i < 3; ++i) {
    open.push_back(std::make_unique<http_client>(port));
    EXPECT_EQ(open.back()->get("/v1/status/leader")->status, 200U);
  }
  http_client fourth(port);
  EXPECT_EQ(fourth.receive()->status, 429U);
  open.clear();
  // The places come back once the server has seen them close.
  while (http_client(port).get("/v1/status/leader").value_or(testing::answer{}).status != 200)
    std::this_thread::yield();
}

TEST_F(server, compresses_only_large_answers) {
  http_client client(start());
  const auto large = client.get("/ui/", "Accept-Encoding: gzip\r\n");
  EXPECT_TRUE(large->has("Content-Encoding: gzip"));
  EXPECT_FALSE(client.get("/v1/kv/a?raw", "Accept-Encoding: gzip\r\n")->has("Content-Encoding"));
  EXPECT_FALSE(client.get("/ui/")->has("Content-Encoding"));
}

TEST_F(server, sends_a_large_value_whole) {
  http_client client(start());
  EXPECT_EQ(client.get("/v1/kv/large?raw")->body.size(), 4U << 20);
  EXPECT_EQ(client.get("/v1/kv/a?raw")->body, "of a");
}

TEST_F(server, gives_no_body_to_head) {
  http_client client(start());
  client.send("HEAD /v1/status/leader HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto head = client.receive(true);
  EXPECT_EQ(head->status, 405U);
  EXPECT_TRUE(head->has("Content-Length: 23"));
  EXPECT_EQ(client.get("/v1/kv/a?raw")->body, "of a");
}

TEST_F(server, listens_on_a_unix_socket_and_removes_it) {
  (void)start();
  const std::string path = ::testing::TempDir() + "troupe_http_test.sock";
  ASSERT_TRUE(http_->listen_unix("unix://" + path));
  EXPECT_EQ(::access(path.c_str(), F_OK), 0);
  http_->stop();
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST_F(server, answers_what_it_owes_before_it_ends) {
  const auto port = start({}, 1);
  http_client asking(port);
  http_client watching(port);
  http_client idle(port);
  asking.send("GET /v1/kv/slow?raw HTTP/1.1\r\nHost: x\r\n\r\n");
  watching.send("GET /v1/kv/a?index=7 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(idle.get("/v1/kv/a?raw"));
  while (seen_.waiting < 2)
    std::this_thread::yield();

  std::thread ending([&] { http_->stop(); });
  // Nothing is owed to these: they are gone at once, and so the end has begun.
  EXPECT_FALSE(idle.receive());
  EXPECT_FALSE(watching.receive());
  m::KvGet release;
  release.set_key("release");
  caf::scoped_actor hand{system_};
  hand->send(routers_[0], std::move(release));

  const auto answer = asking.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "of slow");
  EXPECT_TRUE(answer->has("\r\nConnection: close\r\n"));
  ending.join();
}

TEST_F(server, ends_though_an_answer_does_not_come) {
  const auto port = start({}, 1);
  http_client asking(port);
  asking.send("GET /v1/kv/slow?raw HTTP/1.1\r\nHost: x\r\n\r\n");
  while (seen_.waiting < 1)
    std::this_thread::yield();
  http_->stop();
  EXPECT_FALSE(asking.receive());
}

TEST_F(server, survives_mutated_requests) {
  const auto port = start();
  std::mt19937 random(4711);
  const std::string seed =
      "PUT /v1/kv/a%20b?flags=1&cas=2 HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n"
      "X-Consul-Token: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
      "GET /v1/health/service/web?index=3&wait=1s HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody";
  for (int round = 0; round < 2000; ++round) {
    auto bytes = seed;
    for (auto changes = 1 + random() % 6; changes > 0; --changes) {
      const auto at = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes[at] = static_cast<char>(random() % 256);
          break;
        case 1:
          bytes.erase(at, random() % 8 + 1);
          break;
        case 2:
          bytes.insert(at, random() % 16, static_cast<char>(random() % 256));
          break;
        default:
          bytes.resize(at + 1);
      }
      if (bytes.empty())
        bytes = "\r";
    }
    http_client client(port);
    client.send(bytes);
    client.end_sending();
    // However it is answered, the connection ends or an answer comes.
    (void)client.receive();
  }
  EXPECT_EQ(http_client(port).get("/v1/kv/a?raw")->body, "of a");
}

}  // namespace
}  // namespace troupe::gateway
