#include "storage/read_autopilot.hpp"
#include "tests/storage/replica.hpp"

namespace troupe::storage::tests {
namespace {

m::Command set(std::uint64_t max_trailing_logs) {
  m::Command command;
  command.mutable_autopilot()->mutable_configuration()->set_max_trailing_logs(max_trailing_logs);
  return command;
}

m::Command set_if_at(std::uint64_t modify_index, std::uint64_t max_trailing_logs) {
  auto command = set(max_trailing_logs);
  command.mutable_autopilot()->set_cas(true);
  command.mutable_autopilot()->set_modify_index(modify_index);
  return command;
}

m::Command set_first(std::uint64_t max_trailing_logs) {
  auto command = set(max_trailing_logs);
  command.mutable_autopilot()->set_only_first(true);
  return command;
}

class autopilot_configuration : public ::testing::Test {
 protected:
  m::AutopilotConfigurations all() {
    m::AutopilotConfigurations found;
    index_ = read_autopilot(server_.read(), found);
    return found;
  }
  m::AutopilotConfiguration only() {
    const auto found = all();
    EXPECT_EQ(found.configurations_size(), 1);
    return found.configurations().empty() ? m::AutopilotConfiguration() : found.configurations(0);
  }

  temporary_directory directory_;
  replica server_{directory_.path() / "data"};
  std::uint64_t index_ = 0;
};

TEST_F(autopilot_configuration, is_not_there_before_a_leader_wrote_it) {
  EXPECT_TRUE(all().configurations().empty());
}

TEST_F(autopilot_configuration, keeps_its_create_index_and_wakes_who_waits_for_it) {
  server_.run(put("k", "v"));
  const auto first = server_.run(set(1));
  const auto created = server_.index();
  EXPECT_TRUE(first.result.done());
  EXPECT_TRUE(first.wakes(topics::autopilot));
  server_.run(put("k", "w"));
  EXPECT_TRUE(server_.run(set(2)).result.done());
  EXPECT_EQ(only().max_trailing_logs(), 2U);
  EXPECT_EQ(only().create_index(), created);
  EXPECT_EQ(only().modify_index(), server_.index());
  EXPECT_EQ(index_, server_.index());
  server_.run(put("k", "x"));
  EXPECT_EQ((all(), index_), server_.index() - 1) << "another table's write is none of its own";
}

TEST_F(autopilot_configuration, takes_no_indexes_from_the_command) {
  auto command = set(1);
  command.mutable_autopilot()->mutable_configuration()->set_create_index(77);
  command.mutable_autopilot()->mutable_configuration()->set_modify_index(78);
  server_.run(command);
  EXPECT_EQ(only().create_index(), server_.index());
  EXPECT_EQ(only().modify_index(), server_.index());
}

TEST_F(autopilot_configuration, is_written_only_over_the_index_that_was_read) {
  server_.run(set(1));
  const auto read = only().modify_index();
  const auto late = server_.run(set_if_at(read + 1, 2));
  EXPECT_FALSE(late.result.done());
  EXPECT_TRUE(late.changes.empty());
  EXPECT_EQ(only().max_trailing_logs(), 1U);
  EXPECT_TRUE(server_.run(set_if_at(read, 3)).result.done());
  EXPECT_FALSE(server_.run(set_if_at(read, 4)).result.done());
  EXPECT_EQ(only().max_trailing_logs(), 3U);
}

TEST_F(autopilot_configuration, that_is_not_there_is_at_no_index_at_all) {
  EXPECT_FALSE(server_.run(set_if_at(0, 1)).result.done());
  EXPECT_TRUE(all().configurations().empty());
}

TEST_F(autopilot_configuration, of_a_first_leader_never_replaces_another) {
  EXPECT_TRUE(server_.run(set_first(1)).result.done());
  const auto second = server_.run(set_first(2));
  EXPECT_FALSE(second.result.done());
  EXPECT_TRUE(second.changes.empty());
  EXPECT_EQ(only().max_trailing_logs(), 1U);
}

}  // namespace
}  // namespace troupe::storage::tests
