#include "storage/raft_log.hpp"

#include <random>

#include "storage/memory_raft_log.hpp"
#include "tests/storage/replica.hpp"

namespace troupe::storage::tests {
namespace {

m::LogEntry entry(std::uint64_t index, std::uint64_t term, std::string data = "x") {
  m::LogEntry made;
  made.set_index(index);
  made.set_term(term);
  made.set_data(std::move(data));
  return made;
}

class raft_log_test : public ::testing::Test {
 protected:
  raft_log_test() { reopen(); }

  void reopen() {
    log_.reset();
    directory_.reset();
    auto directory = data_directory::open(temporary_.path());
    ASSERT_TRUE(directory);
    directory_.emplace(std::move(*directory));
    auto log = raft_log::open(*directory_);
    ASSERT_TRUE(log) << log.error().detail;
    log_ = std::move(*log);
  }
  const log_view& view() const { return log_->view(); }

  temporary_directory temporary_;
  std::optional<data_directory> directory_;
  std::unique_ptr<raft_log> log_;
};

std::string text(const log_view& log) {
  std::string all = "first " + std::to_string(log.first_index().value) + " last " +
                    std::to_string(log.last_index().value) + " cut " +
                    std::to_string(log.snapshot_index().value) + "@" +
                    std::to_string(log.snapshot_term().value) + ":";
  for (const auto& e : log.entries(log.first_index(), 1000, 1 << 20))
    all += " " + std::to_string(e.index()) + "@" + std::to_string(e.term()) + "=" + e.data();
  for (std::uint64_t index = 0; index <= log.last_index().value + 2; ++index) {
    const auto at = log.term_at({index});
    all += at ? " " + std::to_string(at->value) : " -";
  }
  return all;
}

TEST_F(raft_log_test, starts_empty_with_term_0_at_index_0) {
  EXPECT_EQ(text(view()), "first 1 last 0 cut 0@0: 0 - -");
  EXPECT_EQ(log_->hard_state().term(), 0u);
}

TEST_F(raft_log_test, keeps_entries_and_hard_state_over_a_restart) {
  m::HardState state;
  state.set_term(2);
  state.set_voted_for("b");
  ASSERT_TRUE(log_->append(std::vector{entry(1, 1), entry(2, 2)}, state));
  reopen();
  EXPECT_EQ(text(view()), "first 1 last 2 cut 0@0: 1@1=x 2@2=x 0 1 2 - -");
  EXPECT_EQ(log_->hard_state().voted_for(), "b");
}

TEST_F(raft_log_test, replaces_a_conflicting_suffix) {
  ASSERT_TRUE(log_->append(std::vector{entry(1, 1), entry(2, 1), entry(3, 1)}));
  ASSERT_TRUE(log_->append(std::vector{entry(2, 2, "new")}));
  EXPECT_EQ(text(view()), "first 1 last 2 cut 0@0: 1@1=x 2@2=new 0 1 2 - -");
}

TEST_F(raft_log_test, is_cut_only_before_the_trailing_entries) {
  std::vector<m::LogEntry> entries;
  for (std::uint64_t i = 1; i <= 10; ++i)
    entries.push_back(entry(i, i));
  ASSERT_TRUE(log_->append(entries));
  ASSERT_TRUE(log_->compact({3}, 5));
  EXPECT_EQ(view().first_index().value, 1u) << "fewer than the trailing ones are covered";
  ASSERT_TRUE(log_->compact({9}, 2));
  EXPECT_EQ(text(view()),
            "first 8 last 10 cut 7@7: 8@8=x 9@9=x 10@10=x - - - - - - - 7 8 9 10 - -");
  EXPECT_TRUE(view().entries({7}, 10, 100).empty());
  reopen();
  EXPECT_EQ(view().first_index().value, 8u);
}

TEST_F(raft_log_test, gives_at_most_so_many_bytes_but_at_least_one_entry) {
  ASSERT_TRUE(log_->append(std::vector{entry(1, 1, std::string(100, 'a')),
                                       entry(2, 1, std::string(100, 'b')), entry(3, 1, "c")}));
  EXPECT_EQ(view().entries({1}, 10, 10).size(), 1u);
  EXPECT_EQ(view().entries({1}, 10, 200).size(), 2u);
  EXPECT_EQ(view().entries({1}, 2, 1000).size(), 2u);
  EXPECT_EQ(view().entries({4}, 2, 1000).size(), 0u);
}

TEST_F(raft_log_test, answers_a_reader_of_another_thread_with_what_is_committed) {
  auto reader = log_->reader();
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->last_index().value, 0u);
  ASSERT_TRUE(log_->append(std::vector{entry(1, 1)}));
  EXPECT_EQ(reader->last_index().value, 1u);
}

TEST_F(raft_log_test, answers_as_the_one_in_memory_does) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    memory_raft_log model;
    ASSERT_TRUE(log_->reset_to({{seed}, {1}}));
    model.reset_to({seed}, {1});
    std::uint64_t term = 1;
    for (int step = 0; step < 60; ++step) {
      const auto first = model.first_index().value;
      const auto last = model.last_index().value;
      if (random() % 5 == 0) {
        const m::log_index covered{first - 1 + random() % (last - first + 2)};
        ASSERT_TRUE(log_->compact(covered, 2));
        model.compact(covered, 2);
      } else if (random() % 20 == 0) {
        ASSERT_TRUE(log_->reset_to({{last + 5}, {term}}));
        model.reset_to({last + 5}, {term});
      } else {
        term += random() % 2;
        const auto from = first + random() % (last - first + 2);
        std::vector<m::LogEntry> entries;
        for (std::uint64_t i = 0; i < random() % 5; ++i)
          entries.push_back(entry(from + i, term, std::to_string(random() % 100)));
        ASSERT_TRUE(log_->append(entries));
        model.append(entries);
      }
      ASSERT_EQ(text(view()), text(model));
    }
    reopen();
    ASSERT_EQ(text(view()), text(model));
  }
}

TEST_F(raft_log_test, with_a_hole_is_corrupt) {
  ASSERT_TRUE(log_->append(std::vector{entry(1, 1), entry(2, 1), entry(3, 1)}));
  log_.reset();
  {
    auto env =
        environment::open({.path = directory_->log(), .map_bytes = 1 << 24, .tables = log_tables});
    ASSERT_TRUE(env);
    auto txn = write_transaction::open(**env);
    txn->erase<log_entry_table>(log_entry_table::key(2));
    ASSERT_TRUE(txn->commit());
  }
  const auto opened = raft_log::open(*directory_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, m::errc::corrupt);
  EXPECT_NE(opened.error().detail.find("entry 2 is missing"), std::string::npos);
}

TEST_F(raft_log_test, that_was_cut_short_is_corrupt_and_no_crash) {
  std::vector<m::LogEntry> entries;
  for (std::uint64_t i = 1; i <= 200; ++i)
    entries.push_back(entry(i, 1, std::string(5000, 'd')));
  ASSERT_TRUE(log_->append(entries));
  log_.reset();
  const auto file = directory_->log() / "data.mdb";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  const auto opened = raft_log::open(*directory_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, m::errc::corrupt);
  EXPECT_NE(opened.error().detail.find("damaged"), std::string::npos) << opened.error().detail;
}

}  // namespace
}  // namespace troupe::storage::tests
