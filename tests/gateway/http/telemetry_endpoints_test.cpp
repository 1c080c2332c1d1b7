#include <gtest/gtest.h>

#include "gateway/http/endpoints/telemetry.hpp"
#include "gateway/http/front_door.hpp"
#include "gateway/http/request_times.hpp"

namespace troupe::gateway {
namespace {

api_request asked(std::string target, std::string accept = {}) {
  api_request request;
  request.target = std::move(target);
  request.accept = std::move(accept);
  (void)admit(request, {});
  return request;
}

bool is_prometheus(api_request request) {
  return agent_metrics::parse(request)->prometheus();
}

// -- /v1/agent/metrics -------------------------------------------------------------

TEST(agent_metrics, prometheus_is_asked_for_by_parameter_or_by_a_scrapers_accept) {
  EXPECT_FALSE(is_prometheus(asked("/v1/agent/metrics")));
  EXPECT_TRUE(is_prometheus(asked("/v1/agent/metrics?format=prometheus")));
  EXPECT_FALSE(is_prometheus(asked("/v1/agent/metrics?format=zz")));
  EXPECT_TRUE(is_prometheus(
      asked("/v1/agent/metrics", "text/html, Application/OpenMetrics-Text; version=1.0.0;q=0.5")));
  EXPECT_TRUE(is_prometheus(asked("/v1/agent/metrics", "text/plain; version=0.4.0")));
  EXPECT_FALSE(is_prometheus(asked("/v1/agent/metrics", "text/plain;q=0.9, */*")));
  EXPECT_FALSE(is_prometheus(asked("/v1/agent/metrics", ",;,")));
}

TEST(agent_metrics, an_interval_is_shown_as_go_metrics_does) {
  m::AgentMetrics answer;
  answer.set_timestamp("2026-11-22 15:16:00 +0000 UTC");
  auto& gauge = *answer.add_gauges();
  gauge.set_name("consul.vm.server.isLeader");
  gauge.set_value(1.5F);
  auto& sample = *answer.add_samples();
  sample.set_name("consul.api.http");
  sample.set_count(2);
  sample.set_rate(0.1);
  sample.set_sum(1);
  sample.set_min(0.25);
  sample.set_max(0.75);
  sample.set_mean(0.5);
  (*sample.mutable_labels())["method"] = "GET";
  const auto response = agent_metrics::render(answer, asked("/v1/agent/metrics"));
  EXPECT_EQ(response.content_type, json_type);
  EXPECT_EQ(response.body,
            R"({"Timestamp":"2026-11-22 15:16:00 +0000 UTC","Gauges":[{"Name":)"
            R"("consul.vm.server.isLeader","Value":1.5,"Labels":{}}],"Points":[],"Counters":[],)"
            R"("Samples":[{"Name":"consul.api.http","Count":2,"Rate":0.1,"Sum":1,"Min":0.25,)"
            R"("Max":0.75,"Mean":0.5,"Stddev":0,"Labels":{"method":"GET"}}]})");
}

TEST(agent_metrics, prometheus_text_has_its_own_type) {
  m::AgentMetrics answer;
  answer.set_prometheus("# TYPE a gauge\na 1\n");
  const auto response = agent_metrics::render(answer, asked("/v1/agent/metrics?format=prometheus"));
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(response.body, "# TYPE a gauge\na 1\n");
}

TEST(agent_metrics, prometheus_that_is_off_is_an_empty_answer_with_the_reason) {
  m::AgentMetrics answer;
  answer.set_prometheus_is_off(true);
  const auto response = agent_metrics::render(answer, asked("/v1/agent/metrics?format=prometheus"));
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(response.header_value("X-Consul-Reason"),
            "Prometheus is not enabled since its retention time is not positive");
}

// -- /v1/agent/host ----------------------------------------------------------------

TEST(agent_host, what_could_not_be_read_is_null) {
  m::AgentHost answer;
  answer.set_collection_time(7);
  EXPECT_EQ(agent_host::render(answer, asked("/v1/agent/host")).body,
            R"({"Memory":null,"CPU":null,"Host":null,"Disk":null,"CollectionTime":7,)"
            R"("Errors":null})");
  answer.add_errors();
  answer.mutable_disk()->set_path("/");
  const auto body = agent_host::render(answer, asked("/v1/agent/host")).body;
  EXPECT_NE(body.find(R"("Disk":{"path":"/","fstype":"","total":0)"), std::string::npos) << body;
  EXPECT_TRUE(body.ends_with(R"("Errors":[{}]})")) << body;
}

// -- api.http ----------------------------------------------------------------------

TEST(request_times, are_kept_by_method_and_route) {
  actors::metrics_registry metrics;
  request_times times(metrics);
  times.add(*find_route("/v1/kv/a/b"), http_method::get, std::chrono::milliseconds(3));
  times.add(*find_route("/v1/kv/c"), http_method::get, std::chrono::milliseconds(5));
  times.add(*find_route("/v1/kv/c"), http_method::put, std::chrono::milliseconds(7));
  times.add(*find_route("/v1/catalog/nodes"), http_method::get, std::chrono::milliseconds(9));
  const auto rows = metrics.totals().samples;
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].name.path, "api.http");
  EXPECT_EQ(rows[0].name.labels, (actors::metric_labels{{"method", "GET"}, {"path", "v1_kv_"}}));
  EXPECT_EQ(rows[0].sums.count, 2U);
  EXPECT_DOUBLE_EQ(rows[0].sums.sum, 8);
  EXPECT_EQ(rows[1].name.labels.front().second, "PUT");
  EXPECT_EQ(rows[2].name.labels.back().second, "v1_catalog_nodes");
}

}  // namespace
}  // namespace troupe::gateway
