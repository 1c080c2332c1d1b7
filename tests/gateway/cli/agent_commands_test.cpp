#include <gtest/gtest.h>

#include "tests/gateway/cli/played_agent.hpp"

namespace troupe::gateway::cli {
namespace {

using testing::command_test;

class reload_command : public command_test {};

TEST_F(reload_command, asks_and_says_so) {
  const auto seen = run({"reload"});
  EXPECT_EQ(seen.exit_code, 0);
  EXPECT_EQ(seen.out, "Configuration reload triggered\n");
  EXPECT_EQ(agent_.asked(), lines{"PUT /v1/agent/reload"});
}

TEST_F(reload_command, says_why_it_failed) {
  agent_.answers({500, "failed to parse a.hcl"});
  const auto seen = run({"reload"});
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_EQ(seen.err, "Error reloading: Unexpected response code: 500 (failed to parse a.hcl)\n");
}

class monitor_command : public command_test {};

TEST_F(monitor_command, shows_lines_until_the_agent_ends_them) {
  agent_.answers({200, "one\ntwo\n"});
  const auto seen = run({"monitor", "-log-level=debug", "-log-json"});
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_EQ(seen.out, "one\ntwo\n");
  EXPECT_EQ(agent_.asked(), lines{"GET /v1/agent/monitor?loglevel=debug&logjson=true"});
}

TEST_F(monitor_command, shows_an_answer_of_many_pieces_whole) {
  std::string all;
  for (int i = 0; i < 20'000; ++i)
    all += std::to_string(i) + "\n";
  agent_.answers({200, all});
  EXPECT_EQ(run({"monitor"}).out, all);
}

TEST_F(monitor_command, says_why_it_was_refused) {
  agent_.answers({400, "Unknown log level: zonk"});
  const auto seen = run({"monitor", "-log-level=zonk"});
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_EQ(seen.out, "");
  EXPECT_EQ(seen.err,
            "Error starting monitor: Unexpected response code: 400 (Unknown log level: zonk)\n");
}

}  // namespace
}  // namespace troupe::gateway::cli
