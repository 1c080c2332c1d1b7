// A body without an end, over real sockets.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <gtest/gtest.h>

#include "actors/runtime/log_watch.hpp"
#include "gateway/http/gateway.hpp"
#include "gateway/http/server.hpp"
#include "messages/limits.hpp"
#include "tests/gateway/http/http_client.hpp"

namespace troupe::gateway {
namespace {

using testing::http_client;

class monitor : public ::testing::Test {
 protected:
  monitor() {
    entry_ = spawn_gateway(system_, thread_, {}, {}, 0);
    http_ = std::make_unique<http_server>(std::vector<server_lane>{{&thread_, entry_.entry}},
                                          connection_options{});
    port_ = *http_->listen_tcp("127.0.0.1", 0);
    thread_.start();
  }
  ~monitor() override {
    http_.reset();
    thread_.stop();
    entry_ = {};
  }

  static void log(const std::string& text) {
    actors::process_log_watches().publish(actors::log_level::info, [&](actors::log_form form) {
      return (form == actors::log_form::json ? "{" + text + "}" : text) + "\n";
    });
  }
  // The head has come, so the watch has begun.
  static std::optional<testing::answer> begin(http_client& client, const std::string& query,
                                              const std::string& version = "1.1") {
    client.send("GET /v1/agent/monitor" + query + " HTTP/" + version + "\r\nHost: x\r\n\r\n");
    return client.receive(true);
  }
  static bool nobody_watches() {
    while (actors::process_log_watches().size() > 0)
      std::this_thread::yield();
    return true;
  }

  caf::actor_system_config config_;
  caf::actor_system system_{config_};
  actors::io_thread thread_{system_};
  spawned_gateway entry_;
  std::unique_ptr<http_server> http_;
  std::uint16_t port_ = 0;
};

TEST_F(monitor, sends_each_line_in_a_chunk_as_it_occurs_until_the_client_goes) {
  {
    http_client client(port_);
    const auto head = begin(client, "");
    ASSERT_TRUE(head);
    EXPECT_EQ(head->status, 200U);
    EXPECT_TRUE(head->has("\r\nTransfer-Encoding: chunked\r\n"));
    EXPECT_FALSE(head->has("Content-Length"));
    EXPECT_EQ(actors::process_log_watches().size(), 1U);
    log("one");
    EXPECT_EQ(client.take(9), "4\r\none\n\r\n");
    log("twelve bytes");
    EXPECT_EQ(client.take(18), "d\r\ntwelve bytes\n\r\n");
  }
  EXPECT_TRUE(nobody_watches());
}

TEST_F(monitor, sends_bare_lines_to_who_knows_no_chunks) {
  http_client client(port_);
  const auto head = begin(client, "?logjson", "1.0");
  ASSERT_TRUE(head);
  EXPECT_TRUE(head->has("\r\nConnection: close\r\n"));
  EXPECT_FALSE(head->has("chunked"));
  log("a");
  EXPECT_EQ(client.take(4), "{a}\n");
}

TEST_F(monitor, refuses_a_level_that_there_is_not) {
  http_client client(port_);
  const auto read = client.get("/v1/agent/monitor?loglevel=zonk");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->status, 400U);
  EXPECT_EQ(read->body, "Unknown log level: zonk");
}

TEST_F(monitor, goes_on_with_what_was_kept_once_a_slow_client_reads) {
  http_client client(port_);
  ASSERT_TRUE(begin(client, ""));
  const std::string line(8000, 'x');
  for (int i = 0; i < 10'000; ++i)
    log(line);
  std::string last;
  while (last.find("lines were dropped") == std::string::npos) {
    const auto piece = client.take(1000);
    ASSERT_EQ(piece.size(), 1000U) << "nothing was dropped";
    last = last.substr(last.size() - std::min<std::size_t>(last.size(), 100)) + piece;
    log("news");  // more than enough to fill the last piece
  }
}

}  // namespace
}  // namespace troupe::gateway
