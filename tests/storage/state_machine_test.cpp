#include "storage/state_machine.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <random>

#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/storage/replica.hpp"

namespace troupe::storage::tests {
namespace {

void overwrite(const std::filesystem::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

void flip_byte(const std::filesystem::path& file, std::streamoff at) {
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekg(at);
  const char byte = static_cast<char>(stream.get() ^ 0x40);
  stream.seekp(at);
  stream.put(byte);
}

class state_machine_test : public ::testing::Test {
 protected:
  void write(int count) {
    for (int i = 0; i < count; ++i)
      store.run(put("k/" + std::to_string(i % 50), std::to_string(store.index())));
  }
  // The machine goes down: every page of state/ that was not synced is another one now.
  void power_cut(const std::string& what_is_left) {
    // Killed, not closed: the marker of a clean close must not be there.
    store.close();
    overwrite(directory.path() / "state.trusted", "boot boot-1\n");
    overwrite(directory.path() / "state" / "data.mdb", what_is_left);
    store.boot("boot-2");
  }

  temporary_directory directory;
  replica store{directory.path()};
};

// -- applying ---------------------------------------------------------------------

TEST_F(state_machine_test, answers_one_result_an_entry_in_order) {
  const auto batch = store.run_all({put("a", "1"), kv(m::KvWrite::CAS, "a", "2"), put("b", "1")});
  ASSERT_EQ(batch.results.size(), 3u);
  EXPECT_EQ(batch.results[1].index(), 2u);
  EXPECT_TRUE(batch.results[0].done());
  EXPECT_FALSE(batch.results[1].done());
}

TEST_F(state_machine_test, stops_at_a_command_it_does_not_know) {
  m::LogEntry entry;
  entry.set_index(1);
  entry.set_term(1);
  entry.set_data(std::string("\xba\x3e\x00", 3));  // field 999 of a newer version
  const auto applied = store.machine().apply(std::vector{entry});
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code, m::errc::corrupt);
  EXPECT_NE(applied.error().detail.find("log entry 1 holds a command"), std::string::npos);
  EXPECT_EQ(store.index(), 0u);
}

TEST_F(state_machine_test, stops_at_a_format_kind_or_verb_it_does_not_know) {
  auto format = command_entry(1, put("a", "1"));
  format.set_format(log_entry_format + 1);
  auto kind = command_entry(1, put("a", "1"));
  kind.set_kind(static_cast<m::LogEntry::Kind>(77));
  auto verb = command_entry(1, kv(static_cast<m::KvWrite::Verb>(77), "a"));
  for (const auto& entry : {format, kind, verb}) {
    const auto applied = store.machine().apply(std::vector{entry});
    ASSERT_FALSE(applied);
    EXPECT_EQ(applied.error().code, m::errc::corrupt);
  }
}

TEST_F(state_machine_test, leaves_nothing_of_a_batch_that_fails) {
  auto bad = command_entry(2, put("b", "1"));
  bad.set_format(9);
  EXPECT_FALSE(store.machine().apply(std::vector{command_entry(1, put("a", "1")), bad}));
  EXPECT_EQ(store.value("a"), "(none)");
  EXPECT_EQ(store.index(), 0u);
}

TEST_F(state_machine_test, remembers_the_newest_configuration_over_a_restart) {
  m::RaftConfiguration configuration;
  configuration.add_servers()->set_id("s1");
  m::LogEntry entry;
  entry.set_index(1);
  entry.set_term(1);
  entry.set_kind(m::LogEntry::CONFIGURATION);
  entry.set_data(configuration.SerializeAsString());
  ASSERT_TRUE(store.log().append(std::vector{entry}));
  ASSERT_TRUE(store.machine().apply(std::vector{entry}));
  store.close();
  ASSERT_TRUE(store.open());
  EXPECT_EQ(store.machine().configuration().servers(0).id(), "s1");
  EXPECT_EQ(store.machine().configuration_index().value, 1u);
}

TEST_F(state_machine_test, gives_equal_states_for_equal_entries) {
  write(30);
  const temporary_directory elsewhere;
  replica other(elsewhere.path());
  const auto entries = store.log().view().entries({1}, 1000, 1 << 20);
  ASSERT_TRUE(other.machine().apply(entries));
  EXPECT_EQ(other.dump(), store.dump());
}

// -- what is believed ----------------------------------------------------------------

TEST_F(state_machine_test, after_a_clean_close_is_believed_even_on_another_boot) {
  write(10);
  const auto before = store.dump();
  store.close();
  store.boot("boot-2");
  ASSERT_TRUE(store.open());
  EXPECT_FALSE(store.machine().report().rebuilt);
  EXPECT_EQ(store.dump(), before);
}

TEST_F(state_machine_test, comes_back_equal_from_snapshot_and_log_when_its_pages_are_lost) {
  write(40);
  ASSERT_TRUE(store.machine().take_snapshot());
  ASSERT_TRUE(store.log().compact({40}, 10));
  write(25);
  const auto before = store.dump();
  std::mt19937 random(1);
  std::string noise(100'000, '\0');
  for (char& byte : noise)
    byte = static_cast<char>(random());
  for (const auto& left : {std::string(), noise, std::string(20'000, '\0')}) {
    power_cut(left);
    ASSERT_TRUE(store.open());
    EXPECT_TRUE(store.machine().report().rebuilt);
    EXPECT_EQ(store.machine().report().restored_from.index.value, 40u);
    EXPECT_EQ(store.dump(), before);
  }
}

TEST_F(state_machine_test, without_a_snapshot_comes_back_from_the_log_alone) {
  write(25);
  const auto before = store.dump();
  power_cut("");
  ASSERT_TRUE(store.open());
  EXPECT_EQ(store.dump(), before);
}

TEST_F(state_machine_test, that_is_damaged_on_the_same_boot_is_rebuilt_too) {
  write(25);
  const auto before = store.dump();
  store.close();
  overwrite(directory.path() / "state" / "data.mdb", std::string(50'000, 'x'));
  ASSERT_TRUE(store.open());
  EXPECT_EQ(store.machine().report().rejected.size(), 1u);
  EXPECT_EQ(store.dump(), before);
}

TEST_F(state_machine_test, takes_an_older_snapshot_if_the_newest_is_damaged) {
  write(10);
  ASSERT_TRUE(store.machine().take_snapshot());
  write(10);
  const auto newest = store.machine().take_snapshot();
  ASSERT_TRUE(newest);
  const auto before = store.dump();
  flip_byte(newest->path, 9000);
  power_cut("");
  ASSERT_TRUE(store.open());
  EXPECT_EQ(store.machine().report().restored_from.index.value, 10u);
  ASSERT_EQ(store.machine().report().rejected.size(), 1u);
  EXPECT_NE(store.machine().report().rejected[0].find("its hash differs"), std::string::npos);
  EXPECT_EQ(store.dump(), before);
}

TEST_F(state_machine_test, does_not_start_if_the_log_was_cut_and_no_snapshot_is_whole) {
  write(20);
  const auto snapshot = store.machine().take_snapshot();
  ASSERT_TRUE(snapshot && store.log().compact({20}, 5));
  flip_byte(snapshot->path, 9000);
  power_cut("");
  const auto opened = store.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, m::errc::corrupt);
  EXPECT_NE(opened.error().detail.find("no whole snapshot reaches so far"), std::string::npos);
}

TEST_F(state_machine_test, does_not_start_if_the_log_was_lost) {
  write(20);
  store.close();
  std::filesystem::remove_all(directory.path() / "log");
  const auto opened = store.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, m::errc::corrupt);
  EXPECT_NE(opened.error().detail.find("it was lost"), std::string::npos) << opened.error().detail;
}

TEST_F(state_machine_test, does_not_start_with_the_log_of_another_server) {
  write(5);
  store.close();
  std::filesystem::remove_all(directory.path() / "log");
  {
    auto place = data_directory::open(directory.path());
    auto log = raft_log::open(*place);
    std::vector<m::LogEntry> entries;
    for (std::uint64_t i = 1; i <= 9; ++i)
      entries.push_back(command_entry(i, put("other", "1"), 7));
    ASSERT_TRUE((*log)->append(entries));
  }
  const auto opened = store.open();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().detail.find("not of one server"), std::string::npos);
}

// -- snapshots -------------------------------------------------------------------------

TEST_F(state_machine_test, keeps_the_newest_two_snapshots) {
  for (int i = 0; i < 4; ++i) {
    write(5);
    ASSERT_TRUE(store.machine().take_snapshot());
  }
  const auto kept = store.machine().snapshots().list();
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].position.index.value, 20u);
  EXPECT_EQ(kept[1].position.index.value, 15u);
  EXPECT_GT(kept[0].bytes, 0u);
}

TEST_F(state_machine_test, restores_the_snapshot_of_another_server) {
  const temporary_directory elsewhere;
  replica leader(elsewhere.path());
  std::vector<m::Command> commands;
  for (int i = 0; i < 300; ++i)
    commands.push_back(put(std::string(static_cast<std::size_t>(i) * 3, 'l') + "x", "v"));
  leader.run_all(commands);
  const auto taken = leader.machine().take_snapshot();
  ASSERT_TRUE(taken);
  write(7);
  std::filesystem::copy_file(taken->path, store.machine().snapshots().receiving_path());
  const auto adopted =
      store.machine().snapshots().adopt(store.machine().snapshots().receiving_path());
  ASSERT_TRUE(adopted);
  ASSERT_TRUE(store.log().reset_to(adopted->position));
  const auto changes = store.machine().restore(*adopted);
  ASSERT_TRUE(changes);
  EXPECT_TRUE(changes->everything);
  EXPECT_EQ(store.dump(), leader.dump());
  EXPECT_EQ(store.index(), 300u);
  store.run(put("after", "1"));
  power_cut("");
  ASSERT_TRUE(store.open());
  EXPECT_EQ(store.value("after"), "1");
}

TEST_F(state_machine_test, finishes_an_installation_that_a_crash_cut_short) {
  const temporary_directory elsewhere;
  replica leader(elsewhere.path());
  for (int i = 0; i < 30; ++i)
    leader.run(put("k" + std::to_string(i), "v"));
  const auto taken = leader.machine().take_snapshot();
  write(7);
  const auto before = store.dump();
  for (const bool log_was_reset : {false, true}) {
    std::filesystem::copy_file(taken->path, store.machine().snapshots().receiving_path());
    const auto adopted =
        store.machine().snapshots().adopt(store.machine().snapshots().receiving_path());
    ASSERT_TRUE(adopted);
    if (log_was_reset) {
      ASSERT_TRUE(store.log().reset_to(adopted->position));
    }
    store.close();
    const auto opened = store.open();
    ASSERT_TRUE(opened) << opened.error().detail;
    EXPECT_EQ(store.dump(), log_was_reset ? leader.dump() : before);
  }
}

TEST_F(state_machine_test, refuses_a_received_snapshot_that_was_changed_anywhere) {
  write(20);
  const auto taken = store.machine().take_snapshot();
  const auto received = store.machine().snapshots().receiving_path();
  const auto bytes = static_cast<std::streamoff>(taken->bytes);
  for (const auto at : {std::streamoff{0}, bytes / 2, bytes - 60, bytes - 30, bytes - 1}) {
    std::filesystem::copy_file(taken->path, received,
                               std::filesystem::copy_options::overwrite_existing);
    flip_byte(received, at);
    const auto adopted = store.machine().snapshots().adopt(received);
    ASSERT_FALSE(adopted) << at;
    EXPECT_EQ(adopted.error().code, m::errc::corrupt);
  }
  std::filesystem::resize_file(received, static_cast<std::uintmax_t>(bytes) / 2);
  EXPECT_FALSE(store.machine().snapshots().adopt(received));
}

// -- processes and disks ----------------------------------------------------------------

TEST_F(state_machine_test, a_second_process_is_told_that_the_directory_is_in_use) {
  const auto second = data_directory::open(directory.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, m::errc::conflict);
  EXPECT_NE(second.error().detail.find("in use by another process"), std::string::npos);
}

// The child writes without end and tells each index once it was durable; the parent kills it.
[[noreturn]] void write_until_killed(const std::filesystem::path& path, int report) {
  replica store(path);
  for (;;) {
    std::vector<m::Command> batch;
    for (std::uint64_t i = 1; i <= 8; ++i)
      batch.push_back(put("k/" + std::to_string(store.index() + i), "v"));
    store.run_all(batch);
    const std::uint64_t reached = store.index();
    if (::write(report, &reached, sizeof reached) != sizeof reached)
      ::_exit(1);
    if (reached % 200 == 0 && store.machine().take_snapshot())
      (void)store.log().compact({reached}, 50);
  }
}

TEST(crash, everything_told_before_a_kill_is_there_after_it) {
  const temporary_directory directory;
  std::mt19937 random(7);
  for (int round = 0; round < 12; ++round) {
    std::array<int, 2> channel{};
    ASSERT_EQ(::pipe(channel.data()), 0);
    const pid_t child = ::fork();
    if (child == 0)
      write_until_killed(directory.path(), channel[1]);
    ::close(channel[1]);
    std::uint64_t told = 0;
    for (auto left = 1 + random() % 60; left > 0; --left)
      ASSERT_EQ(::read(channel[0], &told, sizeof told), static_cast<ssize_t>(sizeof told));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    for (std::uint64_t more = 0; ::read(channel[0], &more, sizeof more) == sizeof more;)
      told = more;
    ::close(channel[0]);
    replica store(directory.path());
    EXPECT_GE(store.index(), told);
    EXPECT_FALSE(store.machine().report().rebuilt);
    EXPECT_EQ(store.keys("k/").size(), store.index()) << "each entry wrote one key";
  }
}

TEST(disk, that_is_full_fails_the_append_clearly_and_keeps_what_was_told) {
  const temporary_directory directory;
  const auto mount = directory.path() / "small";
  std::filesystem::create_directory(mount);
  if (::mount("tmpfs", mount.c_str(), "tmpfs", 0, "size=4m") != 0)
    GTEST_SKIP() << "no right to mount a small file system: the full disk was not tried";
  {
    replica store(mount);
    std::uint64_t durable = 0;
    m::result<void> appended;
    for (; durable < 10'000; ++durable) {
      const std::vector entries{
          command_entry(durable + 1, put("k/" + std::to_string(durable), std::string(9000, 'v')))};
      appended = store.log().append(entries);
      if (!appended)
        break;
    }
    ASSERT_FALSE(appended);
    EXPECT_EQ(appended.error().code, m::errc::io);
    EXPECT_NE(appended.error().detail.find("no space left on the disk"), std::string::npos)
        << appended.error().detail;
    EXPECT_EQ(store.log().view().last_index().value, durable);
    EXPECT_FALSE(store.machine().take_snapshot()) << "no space for it either";
    EXPECT_TRUE(store.machine().snapshots().list().empty());
  }
  ::umount(mount.c_str());
}

TEST(disk, that_may_not_be_written_fails_clearly) {
  const temporary_directory directory;
  const auto mount = directory.path() / "readonly";
  std::filesystem::create_directory(mount);
  if (::mount("tmpfs", mount.c_str(), "tmpfs", MS_RDONLY, "size=1m") != 0)
    GTEST_SKIP() << "no right to mount a read-only file system";
  const auto opened = data_directory::open(mount);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, m::errc::io);
  EXPECT_NE(opened.error().detail.find("no permission"), std::string::npos)
      << opened.error().detail;
  ::umount(mount.c_str());
}

}  // namespace
}  // namespace troupe::storage::tests
