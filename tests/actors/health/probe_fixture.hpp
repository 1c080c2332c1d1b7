// Runs a probe to its end on an io_context of the test, beside the servers that the test made.
#pragma once

#include <optional>
#include <string>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "actors/health/probes/probe.hpp"
#include "actors/health/probes/probe_environment.hpp"

namespace troupe::actors {

class probe_fixture : public testing::Test {
 protected:
  static check_plan plan(messages::CheckDefinition definition) {
    definition.set_interval(std::chrono::nanoseconds{std::chrono::seconds{10}}.count());
    auto made = plan_check(definition, {.scripts_from_api = true}, check_origin::api);
    EXPECT_TRUE(made);
    return *made;
  }

  check_result run(const messages::CheckDefinition& definition) {
    auto probe = make_probe(plan(definition), environment_);
    EXPECT_TRUE(probe);
    std::optional<check_result> result;
    (*probe)->start([&](check_result told) {
      EXPECT_FALSE(result) << "told twice";
      result = std::move(told);
    });
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!result && std::chrono::steady_clock::now() < limit)
      io_.run_one_for(std::chrono::milliseconds{100});
    EXPECT_TRUE(result) << "the probe never ended";
    return result.value_or(check_result{});
  }

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};
  probe_environment environment_{io_, {}};
};

}  // namespace troupe::actors
