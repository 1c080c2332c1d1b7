#include "actors/gossip/serf/member_snapshot.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "actors/gossip/serf/snapshot_file.hpp"
#include "messages/limits.hpp"
#include "tests/support/temporary_directory.hpp"

namespace troupe::actors::gossip::serf {
namespace {

namespace limits = messages::limits;

endpoint at(const char* address, std::uint16_t port) {
  return {*ip_address::parse(address), port};
}

constexpr std::string_view recorded =
    "alive: foo 127.0.0.1:5000\n"
    "# a comment\n"
    "not-alive: foo\n"
    "alive: bar 127.0.0.2:5000\n"
    "alive: two words [::1]:5001\n"
    "clock: 105\n"
    "event-clock: 102\n"
    "coordinate: {\"Vec\":[0]}\n"
    "clock: 106\n"
    "query-clock: 7\n";

TEST(member_snapshot, finds_the_alive_ones_and_the_clocks_again) {
  const auto read = parse_snapshot(recorded, false);
  EXPECT_EQ(read.alive, (std::map<std::string, endpoint>{{"bar", at("127.0.0.2", 5000)},
                                                         {"two words", at("::1", 5001)}}));
  EXPECT_EQ(read.member_time, lamport_time{106});
  EXPECT_EQ(read.event_time, lamport_time{102});
  EXPECT_EQ(read.query_time, lamport_time{7});
  EXPECT_EQ(read.broken_lines, 0U);
  EXPECT_EQ(read.bytes, recorded.size());
}

TEST(member_snapshot, a_leave_forgets_all_unless_rejoining_is_wanted) {
  const std::string left = std::string{recorded} + "leave\n";
  const auto forgotten = parse_snapshot(left, false);
  EXPECT_TRUE(forgotten.alive.empty());
  EXPECT_EQ(forgotten.member_time, lamport_time{0});
  const auto kept = parse_snapshot(left, true);
  EXPECT_EQ(kept.alive.size(), 2U);
  EXPECT_EQ(kept.member_time, lamport_time{106});
}

TEST(member_snapshot, skips_and_counts_what_is_broken) {
  const auto read = parse_snapshot(
      "alive: a\nalive: b 1.2.3:5\nalive: c 1.2.3.4:99999\nclock: -1\nclock: 12x\nnonsense\n\n"
      "alive: d 1.2.3.4:5\nclock: 13\nalive: e 1.2.3.4:5",
      false);
  EXPECT_EQ(read.broken_lines, 8U) << "the last line has no end: cut short";
  EXPECT_EQ(read.alive.size(), 1U);
  EXPECT_EQ(read.member_time, lamport_time{13});
}

TEST(member_snapshot, writes_a_line_only_for_news) {
  member_snapshot snapshot{parse_snapshot(recorded, false), false};
  snapshot.on_alive("bar", at("127.0.0.2", 5000));
  snapshot.on_alive("new", at("127.0.0.9", 1));
  snapshot.on_alive("bar", at("127.0.0.3", 5000));
  snapshot.on_not_alive("new");
  snapshot.on_not_alive("new");
  snapshot.on_member_time(lamport_time{106});
  snapshot.on_member_time(lamport_time{107});
  snapshot.on_event_time(lamport_time{103});
  snapshot.on_query_time(lamport_time{8});
  EXPECT_EQ(snapshot.take_lines(),
            "alive: new 127.0.0.9:1\nalive: bar 127.0.0.3:5000\nnot-alive: new\nclock: 107\n"
            "event-clock: 103\nquery-clock: 8\n");
  EXPECT_EQ(snapshot.take_lines(), "");
}

TEST(member_snapshot, members_that_go_while_we_leave_are_not_written) {
  member_snapshot snapshot{parse_snapshot(recorded, true), true};
  snapshot.on_leave();
  snapshot.on_not_alive("bar");
  EXPECT_EQ(snapshot.take_lines(), "leave\n");
}

TEST(member_snapshot, a_name_cannot_bring_lines_of_its_own) {
  member_snapshot snapshot{{}, false};
  snapshot.on_alive("x 1.2.3.4:5\nleave", at("127.0.0.9", 1));
  EXPECT_EQ(snapshot.take_lines(), "");
}

TEST(member_snapshot, a_grown_file_is_rewritten_and_says_the_same) {
  member_snapshot snapshot{{}, false};
  std::string file;
  int rewrites = 0;
  for (int i = 0; i < 20'000; ++i) {
    snapshot.on_alive(fmt::format("n{}", i % 50), at("127.0.0.1", static_cast<std::uint16_t>(i)));
    snapshot.on_member_time(lamport_time{static_cast<std::uint64_t>(i)});
    if (auto fresh = snapshot.take_rewrite()) {
      file = *fresh;
      ++rewrites;
    }
    file += snapshot.take_lines();
    ASSERT_LE(file.size(), limits::snapshot_compact_bytes_min + 200);
  }
  EXPECT_GE(rewrites, 3);
  const auto read = parse_snapshot(file, false);
  EXPECT_EQ(read.broken_lines, 0U);
  EXPECT_EQ(read.alive.size(), 50U);
  EXPECT_EQ(read.alive.at("n49"), at("127.0.0.1", 19'999));
  EXPECT_EQ(read.member_time, lamport_time{19'999});
}

class snapshot_file_in_a_folder : public testing::Test {
 protected:
  std::string contents() const {
    std::ostringstream text;
    text << std::ifstream{path_}.rdbuf();
    return text.str();
  }

  const tests::temporary_directory directory_;
  const std::string folder_ = directory_.path().string();
  const std::string path_ = folder_ + "/serf/local.snapshot";
};

TEST_F(snapshot_file_in_a_folder, keeps_lines_until_it_is_told_to_flush) {
  EXPECT_EQ(*snapshot_file::read(path_), "");
  snapshot_file file{path_};
  ASSERT_TRUE(file.open());
  ASSERT_TRUE(file.append("clock: 1\n"));
  EXPECT_EQ(contents(), "");
  EXPECT_TRUE(file.has_unflushed());
  ASSERT_TRUE(file.flush());
  EXPECT_EQ(contents(), "clock: 1\n");
  EXPECT_FALSE(file.has_unflushed());
  EXPECT_EQ(*snapshot_file::read(path_), "clock: 1\n");
}

TEST_F(snapshot_file_in_a_folder, begins_a_new_line_after_one_cut_short) {
  std::filesystem::create_directories(folder_ + "/serf");
  std::ofstream{path_} << "clock: 1\nclock: 2";
  {
    snapshot_file file{path_};
    ASSERT_TRUE(file.open());
    ASSERT_TRUE(file.append("clock: 30\n"));
  }
  EXPECT_EQ(contents(), "clock: 1\nclock: 2\nclock: 30\n");
}

TEST_F(snapshot_file_in_a_folder, goes_on_appending_after_a_rewrite) {
  snapshot_file file{path_};
  ASSERT_TRUE(file.open());
  ASSERT_TRUE(file.append("clock: 1\n"));
  ASSERT_TRUE(file.rewrite("clock: 2\n"));
  ASSERT_TRUE(file.append("clock: 3\n"));
  ASSERT_TRUE(file.flush());
  EXPECT_EQ(contents(), "clock: 2\nclock: 3\n");
  EXPECT_FALSE(std::filesystem::exists(path_ + ".compact"));
  EXPECT_EQ(std::filesystem::status(path_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(snapshot_file_in_a_folder, says_why_it_cannot_write) {
  std::ofstream{folder_ + "/serf"} << "a file where a folder must be";
  snapshot_file file{path_};
  const auto opened = file.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, messages::errc::io);
  EXPECT_FALSE(file.rewrite("x"));
}

}  // namespace
}  // namespace troupe::actors::gossip::serf
