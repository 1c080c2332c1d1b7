// What a ?filter= costs: to compile, once a request, and to ask, once a row.

#include <string>

#include <benchmark/benchmark.h>

#include "messages/catalog.pb.h"
#include "messages/filter/expression.hpp"

namespace {

using troupe::messages::CheckServiceNode;
using troupe::messages::filter::expression;

constexpr const char* filters[] = {
    "Service.ID == \"web-4711\"",
    "Node.Meta.rack == r1 and Service.Tags contains primary",
    "Service.TaggedAddresses.lan.Address matches `^10\\.`",
    "not (Checks.Status == critical or Checks.Status == warning) and Service.Port != 80",
};

CheckServiceNode instance() {
  CheckServiceNode out;
  out.mutable_node()->set_node("node-1");
  (*out.mutable_node()->mutable_meta())["rack"] = "r1";
  (*out.mutable_node()->mutable_meta())["zone"] = "z1";
  auto& service = *out.mutable_service();
  service.set_id("web-17");
  service.set_port(8080);
  for (const auto* tag : {"v1", "blue", "primary"})
    service.add_tags(tag);
  (*service.mutable_tagged_addresses())["lan"].set_address("10.1.2.3");
  for (int i = 0; i < 3; ++i)
    out.add_checks()->set_status("passing");
  return out;
}

void compile_filter(benchmark::State& state) {
  const std::string text = filters[state.range(0)];
  for (auto _ : state)
    benchmark::DoNotOptimize(expression::compile(text, *CheckServiceNode::descriptor()));
  state.SetLabel(text);
}

void match_filter(benchmark::State& state) {
  const std::string text = filters[state.range(0)];
  const auto compiled = expression::compile(text, *CheckServiceNode::descriptor());
  const auto message = instance();
  for (auto _ : state)
    benchmark::DoNotOptimize(compiled->matches(message));
  state.SetLabel(text);
}

}  // namespace

BENCHMARK(compile_filter)->DenseRange(0, 3);
BENCHMARK(match_filter)->DenseRange(0, 3);
BENCHMARK_MAIN();
