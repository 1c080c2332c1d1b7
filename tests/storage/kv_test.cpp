#include <map>
#include <random>
#include <set>

#include "storage/change_set.hpp"
#include "tests/storage/replica.hpp"

namespace troupe::storage::tests {
namespace {

using ::testing::Test;
using names = std::vector<std::string>;

class kv_test : public Test {
 protected:
  outcome cas(const std::string& key, std::uint64_t expected, const std::string& value) {
    auto command = kv(m::KvWrite::CAS, key, value);
    command.mutable_kv()->mutable_entry()->set_modify_index(expected);
    return store.run(command);
  }
  outcome delete_cas(const std::string& key, std::uint64_t expected) {
    auto command = kv(m::KvWrite::DELETE_CAS, key);
    command.mutable_kv()->mutable_entry()->set_modify_index(expected);
    return store.run(command);
  }
  outcome with_session(m::KvWrite::Verb verb, const std::string& key, const std::string& session) {
    auto command = kv(verb, key);
    command.mutable_kv()->mutable_entry()->set_session(session);
    return store.run(command);
  }
  m::KvEntry row(const std::string& key) { return read_kv_entry(store.read(), key).entry.value(); }

  temporary_directory directory;
  replica store{directory.path()};
};

TEST_F(kv_test, a_write_sets_both_indexes_and_a_second_one_only_the_modify_index) {
  store.run(put("a", "1"));
  store.run(put("a", "2"));
  EXPECT_EQ(store.value("a"), "2");
  EXPECT_EQ(row("a").create_index(), 1u);
  EXPECT_EQ(row("a").modify_index(), 2u);
}

TEST_F(kv_test, an_equal_write_changes_no_index_and_wakes_nobody) {
  store.run(put("a", "1"));
  const auto equal = store.run(put("a", "1"));
  EXPECT_TRUE(equal.result.done());
  EXPECT_TRUE(equal.changes.empty());
  EXPECT_EQ(store.index_of("a"), 1u);
  auto other_flags = put("a", "1");
  other_flags.mutable_kv()->mutable_entry()->set_flags(7);
  EXPECT_TRUE(store.run(other_flags).wakes(topics::kv("a")));
  EXPECT_EQ(store.index_of("a"), 3u);
}

TEST_F(kv_test, a_write_wakes_only_its_own_key) {
  const auto written = store.run(put("a/b", "1"));
  EXPECT_TRUE(written.wakes(topics::kv("a/b")));
  EXPECT_FALSE(written.wakes(topics::kv("a")));
  EXPECT_TRUE(written.changes.touches_under(topics::kv("a/")));
  EXPECT_FALSE(written.changes.touches_under(topics::kv("b")));
}

TEST_F(kv_test, compare_and_set_matches_the_modify_index_alone) {
  EXPECT_TRUE(cas("a", 0, "1").result.done());
  EXPECT_FALSE(cas("a", 0, "2").result.done());
  EXPECT_FALSE(cas("a", 9, "2").result.done());
  EXPECT_FALSE(cas("absent", 9, "2").result.done());
  EXPECT_TRUE(cas("a", 1, "2").result.done());
  EXPECT_EQ(store.value("a"), "2");
  EXPECT_EQ(store.value("absent"), "(none)");
}

TEST_F(kv_test, compare_and_delete_of_an_absent_key_is_done) {
  store.run(put("a", "1"));
  EXPECT_FALSE(delete_cas("a", 0).result.done());
  EXPECT_FALSE(delete_cas("a", 7).result.done());
  EXPECT_TRUE(delete_cas("absent", 7).result.done());
  EXPECT_TRUE(delete_cas("a", 1).result.done());
  EXPECT_EQ(store.value("a"), "(none)");
}

TEST_F(kv_test, a_delete_moves_the_index_of_its_prefix_forward) {
  store.run(put("p/a", "1"));
  store.run(put("p/b", "1"));
  EXPECT_EQ(store.prefix_index("p/"), 2u);
  EXPECT_TRUE(store.run(kv(m::KvWrite::DELETE, "p/b")).wakes(topics::kv("p/b")));
  EXPECT_EQ(store.prefix_index("p/"), 3u);
  EXPECT_EQ(store.index_of("p/b"), 3u) << "absent: the table's";
  EXPECT_TRUE(store.run(kv(m::KvWrite::DELETE, "p/b")).changes.empty()) << "it is gone already";
  EXPECT_EQ(store.prefix_index("p/"), 3u);
}

TEST_F(kv_test, reaped_tombstones_let_the_index_of_a_prefix_fall_back) {
  store.run(put("p/a", "1"));
  store.run(put("p/b", "1"));
  store.run(kv(m::KvWrite::DELETE, "p/b"));
  m::Command reap;
  reap.mutable_reap_tombstones()->set_up_to_index(2);
  store.run(reap);
  EXPECT_EQ(store.prefix_index("p/"), 3u);
  reap.mutable_reap_tombstones()->set_up_to_index(3);
  store.run(reap);
  EXPECT_EQ(store.prefix_index("p/"), 1u);
}

TEST_F(kv_test, a_prefix_with_nothing_in_it_has_the_index_of_the_table) {
  EXPECT_EQ(store.prefix_index("q/"), 1u) << "never 0";
  store.run(put("a", "1"));
  store.run(put("a", "2"));
  EXPECT_EQ(store.prefix_index("q/"), 2u);
  EXPECT_EQ(store.prefix_index(""), 2u);
}

TEST_F(kv_test, a_deleted_tree_wakes_each_of_its_keys_and_no_other) {
  for (const char* key : {"t", "t/a", "t/b", "u"})
    store.run(put(key, "1"));
  const auto deleted = store.run(kv(m::KvWrite::DELETE_TREE, "t/"));
  EXPECT_TRUE(deleted.wakes(topics::kv("t/a")) && deleted.wakes(topics::kv("t/b")));
  EXPECT_FALSE(deleted.wakes(topics::kv("t")) || deleted.wakes(topics::kv("u")));
  EXPECT_EQ(store.keys(""), (names{"t", "u"}));
  EXPECT_EQ(store.prefix_index("t/"), 5u);
  EXPECT_TRUE(store.run(kv(m::KvWrite::DELETE_TREE, "t/")).changes.empty());
}

TEST_F(kv_test, a_large_deleted_tree_is_named_by_its_prefix) {
  std::vector<m::Command> many;
  for (std::size_t i = 0; i <= kv_topics_per_tree_max; ++i)
    many.push_back(put("t/" + std::to_string(i), "1"));
  store.run_all(many);
  store.run(put("u", "1"));
  const auto deleted = store.run(kv(m::KvWrite::DELETE_TREE, "t/"));
  EXPECT_TRUE(deleted.changes.topics.empty());
  EXPECT_TRUE(deleted.wakes(topics::kv("t/17")));
  EXPECT_FALSE(deleted.wakes(topics::kv("u")));
  EXPECT_TRUE(deleted.changes.touches_under(topics::kv("")));
  EXPECT_TRUE(deleted.changes.touches_under(topics::kv("t/17")));
  EXPECT_FALSE(deleted.changes.touches_under(topics::kv("u")));
}

TEST_F(kv_test, keys_are_cut_behind_the_first_separator_after_the_prefix) {
  for (const char* key : {"a/b/c", "a/b/d", "a/e", "b"})
    store.run(put(key, "1"));
  EXPECT_EQ(store.keys("", "/"), (names{"a/", "b"}));
  EXPECT_EQ(store.keys("a/", "/"), (names{"a/b/", "a/e"}));
  EXPECT_EQ(store.keys("a", ""), (names{"a/b/c", "a/b/d", "a/e"}));
}

TEST_F(kv_test, no_session_exists_to_lock_with) {
  EXPECT_EQ(with_session(m::KvWrite::LOCK, "a", "s").result.error(), "invalid session \"s\"");
  EXPECT_EQ(with_session(m::KvWrite::LOCK, "a", "").result.error(), "missing session");
  EXPECT_FALSE(with_session(m::KvWrite::UNLOCK, "a", "s").result.done());
  EXPECT_EQ(store.value("a"), "(none)");
}

TEST_F(kv_test, a_write_may_not_bring_its_own_lock) {
  auto command = put("a", "1");
  command.mutable_kv()->mutable_entry()->set_session("s");
  command.mutable_kv()->mutable_entry()->set_lock_index(5);
  store.run(command);
  EXPECT_EQ(row("a").session(), "");
  EXPECT_EQ(row("a").lock_index(), 0u);
}

// -- against a model -------------------------------------------------------------

struct model {
  struct stored_row {
    std::string value;
    std::uint64_t create = 0;
    std::uint64_t modify = 0;
  };
  std::map<std::string, stored_row> rows;
  std::map<std::string, std::uint64_t> tombstones;
  std::uint64_t table = 1;  // of rows and tombstones together

  bool apply(const m::Command& command, std::uint64_t index) {
    if (command.has_reap_tombstones()) {
      std::erase_if(tombstones, [&](const auto& t) {
        return t.second <= command.reap_tombstones().up_to_index();
      });
      return true;
    }
    const auto& entry = command.kv().entry();
    const auto found = rows.find(entry.key());
    const auto current = found == rows.end() ? 0 : found->second.modify;
    switch (command.kv().verb()) {
      case m::KvWrite::CAS:
        if (entry.modify_index() != current)
          return false;
        [[fallthrough]];
      case m::KvWrite::SET:
        set(entry, index);
        return true;
      case m::KvWrite::DELETE_CAS:
        if (current != 0 && entry.modify_index() != current)
          return false;
        [[fallthrough]];
      case m::KvWrite::DELETE:
        if (current != 0) {
          rows.erase(found);
          tombstones[entry.key()] = table = index;
        }
        return true;
      default: {
        const auto erased =
            std::erase_if(rows, [&](const auto& r) { return r.first.starts_with(entry.key()); });
        if (erased != 0) {
          table = index;
          if (!entry.key().empty())
            tombstones[entry.key()] = index;
        }
        return true;
      }
    }
  }
  void set(const m::KvEntry& entry, std::uint64_t index) {
    auto& row = rows[entry.key()];
    if (row.modify != 0 && row.value == entry.value())
      return;
    row = {entry.value(), row.create != 0 ? row.create : index, index};
    table = index;
  }
  std::uint64_t prefix_index(const std::string& prefix) const {
    std::uint64_t largest = 0;
    for (const auto& [key, row] : rows)
      largest = key.starts_with(prefix) ? std::max(largest, row.modify) : largest;
    for (const auto& [key, index] : tombstones)
      largest = key.starts_with(prefix) ? std::max(largest, index) : largest;
    return prefix.empty() || largest == 0 ? table : largest;
  }
};

class kv_generator {
 public:
  explicit kv_generator(unsigned seed) : random_(seed) {}

  std::string key() {
    static const std::string heads[] = {"",
                                        "a/",
                                        "a/b/",
                                        std::string(478, 'l') + "/",
                                        std::string(477, 'l'),
                                        std::string(3000, 'm') + "/"};
    return heads[random_() % std::size(heads)] + std::string(1, "abc"[random_() % 3]);
  }
  m::Command command(const model& now, std::uint64_t index) {
    m::Command made;
    const auto pick = random_() % 40;
    if (pick == 0) {
      made.mutable_reap_tombstones()->set_up_to_index(index - random_() % 10 - 1);
      return made;
    }
    static constexpr m::KvWrite::Verb verbs[] = {m::KvWrite::SET,        m::KvWrite::SET,
                                                 m::KvWrite::CAS,        m::KvWrite::DELETE,
                                                 m::KvWrite::DELETE_CAS, m::KvWrite::DELETE_TREE};
    made = kv(verbs[pick == 1 ? 5 : random_() % 5], key(), std::to_string(random_() % 3));
    auto& entry = *made.mutable_kv()->mutable_entry();
    if (pick == 1)
      entry.set_key(entry.key().substr(0, entry.key().size() - random_() % 2));
    const auto row = now.rows.find(entry.key());
    if (random_() % 3 != 0 && row != now.rows.end())
      entry.set_modify_index(row->second.modify);
    else if (random_() % 3 == 0)
      entry.set_modify_index(1);
    return made;
  }

 private:
  std::mt19937 random_;
};

void expect_equal(const replica& store, const model& expected, const std::string& prefix) {
  google::protobuf::RepeatedPtrField<m::KvEntry> out;
  ASSERT_EQ(read_kv_tree(store.read(), prefix, out), expected.prefix_index(prefix));
  auto entry = out.begin();
  for (const auto& [key, row] : expected.rows) {
    if (!key.starts_with(prefix))
      continue;
    ASSERT_NE(entry, out.end());
    ASSERT_EQ(entry->key(), key);
    ASSERT_EQ(entry->value(), row.value);
    ASSERT_EQ(entry->create_index(), row.create);
    ASSERT_EQ(entry->modify_index(), row.modify);
    ++entry;
  }
  ASSERT_EQ(entry, out.end());
}

TEST(kv_property, behaves_as_a_sorted_map_with_tombstones) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    const temporary_directory directory;
    replica store(directory.path());
    model expected;
    kv_generator generator(seed);
    for (int step = 0; step < 250; ++step) {
      const auto command = generator.command(expected, store.index() + 1);
      const auto before = expected.rows;
      const auto done = store.run(command);
      ASSERT_EQ(done.result.done(), expected.apply(command, store.index()))
          << step << ": " << command.ShortDebugString().substr(0, 80);
      std::set<std::string> changed;
      for (const auto& [key, row] : before) {
        const auto now = expected.rows.find(key);
        if (now == expected.rows.end() || now->second.modify != row.modify)
          changed.insert(topics::kv(key));
      }
      for (const auto& [key, row] : expected.rows) {
        if (!before.contains(key))
          changed.insert(topics::kv(key));
      }
      ASSERT_EQ(done.changes.topics, changed);
      const auto key = generator.key();
      ASSERT_NO_FATAL_FAILURE(expect_equal(store, expected, key.substr(0, key.size() - 1)));
      const auto row = expected.rows.find(key);
      ASSERT_EQ(store.index_of(key),
                row == expected.rows.end() ? expected.table : row->second.modify);
    }
  }
}

}  // namespace
}  // namespace troupe::storage::tests
