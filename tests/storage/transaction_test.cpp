#include "storage/transaction.hpp"

#include <map>
#include <random>

#include "tests/storage/replica.hpp"

namespace troupe::storage::tests {
namespace {

std::unique_ptr<environment> open_environment(const temporary_directory& directory,
                                              std::size_t map_bytes = 64 << 20) {
  auto env = environment::open({.path = directory.path() / "state",
                                .map_bytes = map_bytes,
                                .sync = durability::process_only,
                                .tables = state_tables});
  EXPECT_TRUE(env) << (env ? "" : env.error().detail);
  return env ? std::move(*env) : nullptr;
}

std::string random_key(std::mt19937& random) {
  static const std::string heads[] = {"",
                                      "a",
                                      std::string(477, 'x'),
                                      std::string(478, 'x'),
                                      std::string(479, 'x'),
                                      std::string(600, 'x'),
                                      std::string(5000, 'y')};
  std::string key = heads[random() % std::size(heads)];
  const auto extra = random() % 4;
  for (std::size_t i = 0; i < extra; ++i)
    key.push_back("a\0\xffx"[random() % 4]);
  return key.empty() ? "k" : key;
}

using rows = std::vector<std::pair<std::string, std::uint64_t>>;

rows scanned(const transaction& txn, const std::string& prefix) {
  rows found;
  for (auto row = txn.scan<kv_tombstone_table>(prefix); row.next();)
    found.emplace_back(std::string(row.key()), row.value());
  EXPECT_FALSE(txn.failed());
  return found;
}

rows modelled(const std::map<std::string, std::uint64_t>& model, const std::string& prefix) {
  rows found;
  for (auto row = model.lower_bound(prefix); row != model.end() && row->first.starts_with(prefix);
       ++row)
    found.emplace_back(*row);
  return found;
}

TEST(keys, sort_as_their_parts_do) {
  const std::vector<std::vector<std::string>> sorted = {
      {"", ""},    {"", "b"},  {std::string("\0", 1), "a"},
      {"a", ""},   {"a", "z"}, {std::string("a\0", 2), "a"},
      {"ab", "a"}, {"b", ""}};
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    EXPECT_LT(composite_key({sorted[i - 1][0], sorted[i - 1][1]}),
              composite_key({sorted[i][0], sorted[i][1]}))
        << i;
  }
  EXPECT_LT(number_key(255), number_key(256));
  EXPECT_EQ(number_of_key(number_key(0xfedcba9876543210u)), 0xfedcba9876543210u);
}

TEST(keys, of_one_first_part_are_one_range) {
  const auto key = composite_key({"web", "node-1", "id"});
  EXPECT_TRUE(key.starts_with(key_prefix({"web"})));
  EXPECT_FALSE(composite_key({"web2", "node-1", "id"}).starts_with(key_prefix({"web"})));
  EXPECT_EQ(key.substr(key_prefix({"web"}).size()), composite_key({"node-1", "id"}));
}

TEST(transaction, behaves_as_a_sorted_map_with_keys_of_any_length) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const temporary_directory directory;
    const auto env = open_environment(directory);
    std::map<std::string, std::uint64_t> model;
    for (int batch = 0; batch < 10; ++batch) {
      auto txn = write_transaction::open(*env);
      ASSERT_TRUE(txn);
      for (std::uint64_t i = 0; i < 30; ++i) {
        const auto key = random_key(random);
        if (random() % 3 == 0) {
          EXPECT_EQ(txn->erase<kv_tombstone_table>(key), model.erase(key) == 1);
        } else {
          txn->put<kv_tombstone_table>(key, i);
          model[key] = i;
        }
        const auto prefix = random_key(random);
        ASSERT_EQ(scanned(*txn, prefix), modelled(model, prefix));
      }
      ASSERT_TRUE(txn->commit());
      auto read = read_transaction::open(*env);
      ASSERT_TRUE(read);
      ASSERT_EQ(scanned(*read, ""), modelled(model, ""));
      for (const auto& [key, value] : model)
        EXPECT_EQ(read->get<kv_tombstone_table>(key), value);
    }
  }
}

TEST(transaction, without_commit_leaves_nothing) {
  const temporary_directory directory;
  const auto env = open_environment(directory);
  {
    auto txn = write_transaction::open(*env);
    txn->put<kv_tombstone_table>("a", 1);
    EXPECT_EQ(txn->get<kv_tombstone_table>("a"), 1u);
  }
  auto read = read_transaction::open(*env);
  EXPECT_FALSE(read->get<kv_tombstone_table>("a"));
}

TEST(transaction, reads_one_moment_until_it_is_renewed) {
  const temporary_directory directory;
  const auto env = open_environment(directory);
  auto read = read_transaction::open(*env);
  auto txn = write_transaction::open(*env);
  txn->put<kv_tombstone_table>("a", 1);
  ASSERT_TRUE(txn->commit());
  EXPECT_FALSE(read->contains<kv_tombstone_table>("a"));
  read->reset();
  ASSERT_TRUE(read->renew());
  EXPECT_TRUE(read->contains<kv_tombstone_table>("a"));
}

TEST(transaction, scans_one_table_twice_at_once) {
  const temporary_directory directory;
  const auto env = open_environment(directory);
  auto txn = write_transaction::open(*env);
  for (const char* key : {"a", "b", "c"})
    txn->put<kv_tombstone_table>(key, 1);
  ASSERT_TRUE(txn->commit());
  auto read = read_transaction::open(*env);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(read->renew());
    std::string pairs;
    for (auto outer = read->scan<kv_tombstone_table>(); outer.next();) {
      for (auto inner = read->scan<kv_tombstone_table>(); inner.next();)
        pairs.append(outer.key()).append(inner.key()).append(" ");
    }
    EXPECT_EQ(pairs, "aa ab ac ba bb bc ca cb cc ");
  }
}

TEST(transaction, tells_at_the_end_that_a_row_was_damaged) {
  const temporary_directory directory;
  const auto env = open_environment(directory);
  auto txn = write_transaction::open(*env);
  txn->put_raw(kv_table::slot, "a", "\xff\xff\xff");
  txn->put<kv_table>("b", m::KvEntry());
  ASSERT_TRUE(txn->commit());
  auto read = read_transaction::open(*env);
  EXPECT_FALSE(read->get<kv_table>("a"));
  ASSERT_TRUE(read->failed());
  EXPECT_EQ(read->failed()->code, m::errc::corrupt);
  EXPECT_FALSE(read->get<kv_table>("b")) << "after a failure nothing is found";
}

TEST(transaction, that_fills_the_map_fails_clearly_and_changes_nothing) {
  const temporary_directory directory;
  const auto env = open_environment(directory, 1 << 20);
  auto txn = write_transaction::open(*env);
  for (std::uint64_t i = 0; i < 100; ++i)
    txn->put_raw(kv_table::slot, number_key(i), std::string(std::size_t{64} * 1024, 'v'));
  const auto committed = txn->commit();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, m::errc::io);
  EXPECT_NE(committed.error().detail.find("storage is full"), std::string::npos);
  EXPECT_FALSE(read_transaction::open(*env)->scan<kv_table>().next());
}

TEST(environment, that_is_no_lmdb_file_is_corrupt_and_named) {
  const temporary_directory directory;
  std::filesystem::create_directories(directory.path() / "state");
  {
    std::FILE* file = std::fopen((directory.path() / "state" / "data.mdb").c_str(), "w");
    for (int i = 0; i < 10'000; ++i)
      std::fputs("garbage ", file);
    std::fclose(file);
  }
  const auto env = environment::open(
      {.path = directory.path() / "state", .map_bytes = 1 << 20, .tables = state_tables});
  ASSERT_FALSE(env);
  EXPECT_EQ(env.error().code, m::errc::corrupt);
  EXPECT_NE(env.error().detail.find("data.mdb"), std::string::npos);
}

}  // namespace
}  // namespace troupe::storage::tests
