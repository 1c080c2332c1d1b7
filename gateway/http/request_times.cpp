#include "gateway/http/request_times.hpp"

#include <algorithm>
#include <string>

namespace troupe::gateway {

void request_times::add(const route& found, http_method method, std::chrono::nanoseconds time) {
  auto& metric = known_[&found][method];
  if (metric == nullptr)
    metric = &make(found, method);
  metric->add(time);
}

actors::sample_metric& request_times::make(const route& found, http_method method) const {
  auto path = std::string(found.pattern.substr(1));
  std::replace(path.begin(), path.end(), '/', '_');
  return metrics_->sample(
      {"api.http", {{"method", std::string(name_of(method))}, {"path", std::move(path)}}},
      "Time to answer an HTTP request, in milliseconds.");
}

}  // namespace troupe::gateway
