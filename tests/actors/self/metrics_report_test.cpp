#include "actors/self/metrics_report.hpp"

#include <gtest/gtest.h>

namespace troupe::actors {
namespace {

class metrics_report_test : public testing::Test {
 protected:
  metrics_report_test() { registry.begin(1'795'360'560); }

  metrics_registry registry;
};

TEST_F(metrics_report_test, names_the_interval_by_its_beginning) {
  EXPECT_EQ(to_report(registry.last_interval(), {}).timestamp(), "2026-11-22 15:16:00 +0000 UTC");
}

TEST_F(metrics_report_test, only_gauges_are_named_with_the_host) {
  registry.gauge({"server.isLeader"}, "").set(1);
  registry.counter({"raft.apply"}, "").add();
  const auto report = to_report(registry.last_interval(), {.prefix = "own", .host = "my vm"});
  EXPECT_EQ(report.gauges(0).name(), "own.my_vm.server.isLeader");
  EXPECT_EQ(report.gauges(0).value(), 1);
  EXPECT_EQ(report.counters(0).name(), "own.raft.apply");
}

TEST_F(metrics_report_test, a_rate_is_for_each_second_of_the_interval) {
  auto& sample = registry.sample({"api.http", {{"method", "GET"}, {"path", "v1_kv_"}}}, "");
  sample.add(2.0);
  sample.add(4.0);
  const auto report = to_report(registry.last_interval(), {});
  ASSERT_EQ(report.samples_size(), 1);
  const auto& row = report.samples(0);
  EXPECT_EQ(row.name(), "consul.api.http");
  EXPECT_EQ(row.count(), 2);
  EXPECT_EQ(row.sum(), 6);
  EXPECT_DOUBLE_EQ(row.rate(), 0.6);
  EXPECT_EQ(row.min(), 2);
  EXPECT_EQ(row.max(), 4);
  EXPECT_EQ(row.mean(), 3);
  EXPECT_EQ(row.labels().at("method"), "GET");
  EXPECT_EQ(row.labels().at("path"), "v1_kv_");
}

TEST_F(metrics_report_test, rows_stand_in_the_order_of_their_names) {
  for (const char* name : {"b", "c", "a"})
    registry.counter({name}, "").add();
  const auto report = to_report(registry.last_interval(), {});
  ASSERT_EQ(report.counters_size(), 3);
  EXPECT_EQ(report.counters(0).name(), "consul.a");
  EXPECT_EQ(report.counters(2).name(), "consul.c");
}

TEST_F(metrics_report_test, the_longest_prefix_decides_what_is_shown) {
  metrics_naming naming{.shown = {"consul.raft.apply"}, .hidden = {"consul.raft", "consul.rpc"}};
  EXPECT_TRUE(is_shown("consul.raft.apply", naming));
  EXPECT_FALSE(is_shown("consul.raft.commitTime", naming));
  EXPECT_TRUE(is_shown("consul.kvs.apply", naming));
  naming.shows_others = false;
  EXPECT_FALSE(is_shown("consul.kvs.apply", naming));
  EXPECT_TRUE(is_shown("consul.raft.apply", naming));
  naming.hidden.emplace_back("consul.raft.apply");
  EXPECT_FALSE(is_shown("consul.raft.apply", naming)) << "what is hidden wins";
}

TEST_F(metrics_report_test, prometheus_gets_every_series_behind_its_familys_comments) {
  registry.gauge({"version", {{"version", "1.22.7"}}}, "The version.").set(1);
  registry.counter({"raft.apply"}, "Commands.").add(3);
  registry.counter({"never.used"}, "Nothing.");
  registry.sample({"api.http", {{"method", "GET"}}}, "Times.").add(1.0);
  registry.sample({"api.http", {{"method", "PUT"}}}, "Times.");
  EXPECT_EQ(to_prometheus(registry.totals(), {.host = "my-vm"}),
            "# HELP consul_api_http Times.\n"
            "# TYPE consul_api_http summary\n"
            "consul_api_http{method=\"GET\",quantile=\"0.5\"} 1.0625\n"
            "consul_api_http{method=\"GET\",quantile=\"0.9\"} 1.0625\n"
            "consul_api_http{method=\"GET\",quantile=\"0.99\"} 1.0625\n"
            "consul_api_http_sum{method=\"GET\"} 1\n"
            "consul_api_http_count{method=\"GET\"} 1\n"
            "consul_api_http{method=\"PUT\",quantile=\"0.5\"} NaN\n"
            "consul_api_http{method=\"PUT\",quantile=\"0.9\"} NaN\n"
            "consul_api_http{method=\"PUT\",quantile=\"0.99\"} NaN\n"
            "consul_api_http_sum{method=\"PUT\"} 0\n"
            "consul_api_http_count{method=\"PUT\"} 0\n"
            "# HELP consul_my_vm_version The version.\n"
            "# TYPE consul_my_vm_version gauge\n"
            "consul_my_vm_version{version=\"1.22.7\"} 1\n"
            "# HELP consul_never_used Nothing.\n"
            "# TYPE consul_never_used counter\n"
            "consul_never_used 0\n"
            "# HELP consul_raft_apply Commands.\n"
            "# TYPE consul_raft_apply counter\n"
            "consul_raft_apply 3\n");
}

TEST_F(metrics_report_test, prometheus_labels_are_escaped) {
  registry.gauge({"g", {{"a-b", "x\"y\\z\n"}}}, "Two\nlines.").set(0.5);
  EXPECT_EQ(to_prometheus(registry.totals(), {}),
            "# HELP consul_g Two\\nlines.\n# TYPE consul_g gauge\n"
            "consul_g{a_b=\"x\\\"y\\\\z\\n\"} 0.5\n");
}

}  // namespace
}  // namespace troupe::actors
