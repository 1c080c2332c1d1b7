#include <csignal>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "probe_fixture.hpp"

namespace troupe::actors {
namespace {

// "gone" for a process that has ended, waited for or not; else the letter that the kernel gives it.
std::string state_of(int pid) {
  std::string state = "gone";
  std::string skipped;
  std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
  status >> skipped >> skipped >> state;
  return state == "Z" || state == "X" ? "gone" : state;
}

class script_probe_test : public probe_fixture {
 protected:
  static messages::CheckDefinition shell(const std::string& script) {
    messages::CheckDefinition definition;
    for (const auto& argument : {std::string("/bin/sh"), std::string("-c"), script})
      definition.add_args(argument);
    return definition;
  }
};

TEST_F(script_probe_test, turns_exit_codes_into_statuses) {
  EXPECT_EQ(run(shell("echo fine; exit 0")), (check_result{check_status::passing, "fine\n"}));
  EXPECT_EQ(run(shell("echo hm >&2; exit 1")), (check_result{check_status::warning, "hm\n"}));
  EXPECT_EQ(run(shell("exit 2")).status, check_status::critical);
  EXPECT_EQ(run(shell("kill -9 $$")).status, check_status::critical);
}

TEST_F(script_probe_test, uses_no_shell_of_its_own) {
  messages::CheckDefinition definition;
  definition.add_args("echo");
  definition.add_args("$HOME; exit 3");
  EXPECT_EQ(run(definition), (check_result{check_status::passing, "$HOME; exit 3\n"}));
}

TEST_F(script_probe_test, says_what_cannot_be_started) {
  messages::CheckDefinition definition;
  definition.add_args("no-such-program-here");
  EXPECT_EQ(run(definition),
            (check_result{check_status::critical,
                          "exec: \"no-such-program-here\": executable file not found in $PATH"}));
  definition.set_args(0, "/no/such/program");
  EXPECT_EQ(run(definition).output, "fork/exec /no/such/program: no such file or directory");
}

TEST_F(script_probe_test, keeps_the_end_of_a_long_output) {
  const auto result = run(shell("head -c 10000 /dev/zero | tr '\\0' a; printf end"));
  EXPECT_EQ(result.status, check_status::passing);
  EXPECT_EQ(result.output.substr(0, 40), "Captured 4096 of 10003 bytes\n...\naaaaaaa");
  EXPECT_EQ(result.output.substr(result.output.size() - 4), "aend");
}

TEST_F(script_probe_test, kills_the_whole_group_at_the_timeout) {
  auto definition = shell("echo begun; sleep 300 & echo $!; wait");
  definition.set_timeout(std::chrono::nanoseconds{std::chrono::milliseconds{1000}}.count());
  const auto result = run(definition);
  EXPECT_EQ(result.status, check_status::critical);
  const std::string expected = "Timed out (1s) running check\n\nbegun\n";
  ASSERT_EQ(result.output.substr(0, expected.size()), expected);
  const auto pid = std::stoi(result.output.substr(expected.size()));
  // The grandchild is gone, or a zombie that its new parent has not waited for yet; dying takes it
  // a moment.
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (state_of(pid) != "gone" && std::chrono::steady_clock::now() < limit)
    io_.run_for(std::chrono::milliseconds{5});
  EXPECT_EQ(state_of(pid), "gone");
}

TEST_F(script_probe_test, does_not_wait_for_what_the_script_left_in_the_background) {
  auto definition = shell("sleep 5 & echo done");
  EXPECT_EQ(run(definition), (check_result{check_status::passing, "done\n"}));
}

TEST_F(script_probe_test, gives_the_child_no_descriptor_of_ours) {
  const auto result = run(shell("ls /proc/self/fd | wc -l"));
  EXPECT_EQ(result.output, "4\n");  // the three and the one that ls opened
}

}  // namespace
}  // namespace troupe::actors
