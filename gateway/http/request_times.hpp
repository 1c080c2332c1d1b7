// How long requests take, by method and route: the metric "api.http", from the request's end to its
// answer, blocking queries with all of their wait. For one gateway; it reads no clock.
#pragma once

#include <chrono>
#include <string_view>
#include <unordered_map>

#include "actors/runtime/metrics.hpp"
#include "gateway/http/routes.hpp"

namespace troupe::gateway {

class request_times {
 public:
  explicit request_times(actors::metrics_registry& metrics) : metrics_(&metrics) {}

  // `method` is one of the route's.
  void add(const route& found, http_method method, std::chrono::nanoseconds time);

 private:
  actors::sample_metric& make(const route& found, http_method method) const;

  using by_method = std::unordered_map<http_method, actors::sample_metric*>;

  actors::metrics_registry* metrics_;
  std::unordered_map<const route*, by_method> known_;  // as many as there are routes
};

}  // namespace troupe::gateway
