// The file that a sweep is taken up from.
#include "bench/gossip_scale/paper_results.hpp"

#include <filesystem>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "bench/gossip_scale/paper_plan.hpp"
#include "bench/gossip_scale/paper_report.hpp"

namespace troupe::gossip_scale {
namespace {

class paper_results : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(path_); }
  void TearDown() override { std::filesystem::remove(path_); }

  const std::string path_ =
      testing::TempDir() + testing::UnitTest::GetInstance()->current_test_info()->name();
};

const kept_result some{.false_positives = 3,
                       .false_positives_at_healthy = 1,
                       .packets = 100,
                       .bytes = 4000,
                       .first_detection_s = {12.25, 13.5},
                       .full_dissemination_s = {}};

TEST_F(paper_results, come_back_as_they_were_written) {
  {
    auto file = results_file::open(path_);
    ASSERT_TRUE(file);
    EXPECT_TRUE(file->add("swim/a", some));
    EXPECT_TRUE(file->add("swim/b", {}));
  }
  const auto again = results_file::open(path_);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->all(),
            (std::map<std::string, kept_result>{{"swim/a", some}, {"swim/b", kept_result{}}}));
}

TEST_F(paper_results, lose_a_line_that_was_cut_off_at_any_place_and_no_other) {
  const auto whole = line_of("swim/a", some);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(read_line(whole.substr(0, length))) << whole.substr(0, length);
  }
  { ASSERT_TRUE(results_file::open(path_)); }
  std::ofstream{path_, std::ios::app} << whole.substr(0, 12);
  {
    auto file = results_file::open(path_);
    ASSERT_TRUE(file);
    EXPECT_TRUE(file->add("swim/b", some));
  }
  const auto again = results_file::open(path_);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->all(), (std::map<std::string, kept_result>{{"swim/b", some}}));
}

TEST_F(paper_results, are_not_written_to_a_file_that_holds_something_else) {
  std::ofstream{path_} << "dear diary\n";
  EXPECT_FALSE(results_file::open(path_));
  EXPECT_EQ(std::filesystem::file_size(path_), 11U);
}

TEST(paper_plan, has_the_papers_number_of_runs_and_each_key_once) {
  const auto plan = paper_plan({.repetitions = 2});
  const auto configurations = paper_configurations().size();
  EXPECT_EQ(plan.size(), configurations * 2 * (54 + 432));
  std::map<std::string, std::uint64_t> seeds;
  for (const auto& each : plan)
    EXPECT_TRUE(seeds.emplace(each.key, each.what.seed).second) << each.key;
  EXPECT_EQ(seeds.at("swim/c4-d512-i64-r1"), seeds.at("lifeguard/c4-d512-i64-r1"));
  EXPECT_NE(seeds.at("swim/c4-d512-i64-r1"), seeds.at("swim/c4-d512-i64-r0"));
}

TEST(paper_plan, if_quick_is_a_part_of_the_whole) {
  std::map<std::string, std::uint64_t> whole;
  for (const auto& each : paper_plan({.repetitions = 1}))
    whole.emplace(each.key, each.what.seed);
  const auto quick = paper_plan({.repetitions = 1, .is_quick = true});
  EXPECT_EQ(quick.size(), paper_configurations().size() * (54 + 48));
  for (const auto& each : quick)
    EXPECT_TRUE(whole.contains(each.key)) << each.key;
}

TEST(paper_plan, listens_first_only_where_it_says_so) {
  for (const auto& each : paper_configurations())
    EXPECT_EQ(each.settings.lifeguard.listens_first,
              each.name.starts_with("agent") || each.name.find("+listen") != std::string::npos)
        << each.name;
}

// Some for every run of the first `anomalies`, by configuration and place.
std::map<std::string, kept_result> results_of(const std::vector<paper_run>& plan,
                                              std::size_t anomalies) {
  std::map<std::string, kept_result> results;
  for (std::size_t i = 0; i < anomalies * paper_configurations().size(); ++i)
    results[plan[i].key] = some;
  return results;
}

TEST(paper_report, counts_only_anomalies_that_all_configurations_have_been_through) {
  const auto plan = paper_plan({.repetitions = 1, .is_quick = true});
  auto results = results_of(plan, 2);
  results.erase(plan[paper_configurations().size()].key);
  const auto found = summarize(plan, results);
  EXPECT_EQ(found.threshold_runs, 1U);
  for (const auto& each : found.configurations)
    EXPECT_EQ(each.first_detection_s, some.first_detection_s);
  EXPECT_NE(paper_tables(paper_configurations(), summarize(plan, {})).find("No anomaly"),
            std::string::npos);
}

TEST(paper_report, counts_false_positives_in_interval_runs_and_latencies_in_threshold_runs) {
  const auto plan = paper_plan({.repetitions = 2});
  const auto found = summarize(plan, results_of(plan, 2 * (54 + 432)));
  EXPECT_EQ(found.threshold_runs, 2 * 54U);
  EXPECT_EQ(found.interval_strata.size(), 2 * 432U);
  EXPECT_EQ(std::set(found.interval_strata.begin(), found.interval_strata.end()).size(), 432U);
  // Of 1 + 4 + 8 + ... + 32 members, at two lengths of six, twice.
  EXPECT_EQ(found.long_anomalies, 2 * 2 * 145U);
  for (const auto& each : found.configurations) {
    EXPECT_EQ(each.false_positives.size(), 2 * 432U);
    EXPECT_EQ(each.packets.size(), 2 * 432U);
    EXPECT_EQ(each.first_detection_s.size(), 2 * 54 * 2U);
    EXPECT_EQ(each.detected_of_long, 2 * 2 * 9 * 2U);
  }
  const auto text = paper_tables(paper_configurations(), found);
  EXPECT_NE(text.find("| lifeguard | 3.00 | 1.20 | 100.00 (100.00 to 100.00) | 1.53 |"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace troupe::gossip_scale
