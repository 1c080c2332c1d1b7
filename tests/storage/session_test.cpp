#include <random>

#include "storage/read_session.hpp"
#include "tests/storage/replica.hpp"

namespace troupe::storage::tests {
namespace {

using ::testing::Test;
using namespace std::chrono_literals;

m::Command register_node(const std::string& node) {
  m::Command command;
  command.mutable_register_()->set_node(node);
  command.mutable_register_()->set_address("10.0.0.1");
  return command;
}

m::Command check(const std::string& node, const std::string& id, const std::string& status) {
  auto command = register_node(node);
  auto& one = *command.mutable_register_()->add_checks();
  one.set_node(node);
  one.set_check_id(id);
  one.set_status(status);
  return command;
}

m::Command create(const std::string& id, const std::string& behavior = "release",
                  std::chrono::nanoseconds lock_delay = 0s) {
  m::Command command;
  auto& session = *command.mutable_session_create()->mutable_session();
  session.set_id(id);
  session.set_node("n1");
  session.set_behavior(behavior);
  session.set_lock_delay(lock_delay.count());
  return command;
}

m::Command create_with_check(const std::string& id, const std::string& check_id) {
  auto command = create(id);
  command.mutable_session_create()->mutable_session()->add_node_checks(check_id);
  return command;
}

m::Command destroy(const std::string& id) {
  m::Command command;
  command.mutable_session_destroy()->set_id(id);
  return command;
}

m::Command with_session(m::KvWrite::Verb verb, const std::string& key, const std::string& session,
                        const std::string& value = {}) {
  auto command = kv(verb, key, value);
  command.mutable_kv()->mutable_entry()->set_session(session);
  return command;
}
m::Command lock(const std::string& key, const std::string& session, const std::string& value = {}) {
  return with_session(m::KvWrite::LOCK, key, session, value);
}

class session_test : public Test {
 protected:
  session_test() { store.run(register_node("n1")); }

  m::KvEntry row(const std::string& key) {
    return read_kv_entry(store.read(), key).entry.value_or(m::KvEntry());
  }
  bool exists(const std::string& id) { return find_session(store.read(), id).has_value(); }
  std::size_t rows_of(std::size_t slot) {
    std::size_t count = 0;
    store.read().for_each_stored(slot, [&](std::string_view, std::string_view) { ++count; });
    return count;
  }

  temporary_directory directory;
  replica store{directory.path()};
};

TEST_F(session_test, a_session_needs_its_node_and_checks_that_are_not_critical) {
  auto elsewhere = create("s");
  elsewhere.mutable_session_create()->mutable_session()->set_node("nowhere");
  EXPECT_EQ(store.run(elsewhere).result.error(), "Missing node registration");
  EXPECT_EQ(store.run(create_with_check("s", "c")).result.error(),
            "Missing check 'c' registration");
  store.run(check("n1", "c", "critical"));
  EXPECT_EQ(store.run(create_with_check("s", "c")).result.error(),
            "Check 'c' is in critical state");
  store.run(check("n1", "c", "warning"));
  EXPECT_EQ(store.run(create_with_check("s", "c")).result.session_id(), "s");
  EXPECT_TRUE(exists("s"));
}

TEST_F(session_test, only_a_session_that_exists_can_lock) {
  EXPECT_EQ(store.run(lock("a", "nobody")).result.error(), "invalid session \"nobody\"");
  EXPECT_EQ(store.run(lock("a", "")).result.error(), "missing session");
  EXPECT_EQ(store.value("a"), "(none)");
}

TEST_F(session_test, a_lock_is_one_sessions_and_its_count_rises_with_each_new_holder) {
  store.run_all({create("s1"), create("s2")});
  EXPECT_TRUE(store.run(lock("a", "s1", "1")).result.done());
  EXPECT_EQ(row("a").lock_index(), 1u);
  EXPECT_FALSE(store.run(lock("a", "s2", "2")).result.done());
  EXPECT_TRUE(store.run(lock("a", "s1", "3")).result.done());
  EXPECT_EQ(store.value("a"), "3");
  EXPECT_EQ(row("a").lock_index(), 1u);
  EXPECT_FALSE(store.run(with_session(m::KvWrite::UNLOCK, "a", "s2")).result.done());
  EXPECT_TRUE(store.run(with_session(m::KvWrite::UNLOCK, "a", "s1", "4")).result.done());
  EXPECT_EQ(row("a").session(), "");
  EXPECT_EQ(row("a").lock_index(), 1u);
  EXPECT_TRUE(store.run(lock("a", "s2")).result.done());
  EXPECT_EQ(row("a").lock_index(), 2u);
}

TEST_F(session_test, a_plain_write_keeps_the_holder_and_zeroes_the_count) {
  store.run_all({create("s"), lock("a", "s"), put("a", "plain")});
  EXPECT_EQ(row("a").session(), "s");
  EXPECT_EQ(row("a").lock_index(), 0u);
  store.run(destroy("s"));
  EXPECT_EQ(row("a").session(), "");
}

TEST_F(session_test, its_end_releases_its_keys_at_a_new_index_and_wakes_their_watchers) {
  store.run_all({create("s", "release", 15s), lock("a", "s", "1"), lock("b", "s", "2")});
  const auto ended = store.run(destroy("s"));
  EXPECT_FALSE(exists("s"));
  EXPECT_EQ(store.value("a"), "1");
  EXPECT_EQ(row("a").session(), "");
  EXPECT_EQ(row("a").modify_index(), store.index());
  EXPECT_TRUE(ended.wakes(topics::kv("b")));
  EXPECT_TRUE(ended.wakes(topics::sessions));
  EXPECT_TRUE(ended.wakes(topics::session("s")));
  EXPECT_TRUE(ended.wakes(topics::sessions_of_node("N1")));
  EXPECT_EQ(ended.changes.lock_delays, (std::vector<lock_delay>{{"a", 15s}, {"b", 15s}}));
}

TEST_F(session_test, its_end_deletes_its_keys_if_it_was_told_so) {
  store.run_all({create("s", "delete"), lock("a", "s", "1"), put("b", "2")});
  const auto ended = store.run(destroy("s"));
  EXPECT_EQ(store.value("a"), "(none)");
  EXPECT_EQ(store.index_of("a"), store.index());
  EXPECT_EQ(store.value("b"), "2");
  EXPECT_TRUE(ended.changes.lock_delays.empty());
}

TEST_F(session_test, a_lock_delay_is_at_most_a_minute) {
  store.run_all({create("s", "release", 61s), lock("a", "s")});
  EXPECT_EQ(store.run(destroy("s")).changes.lock_delays, (std::vector<lock_delay>{{"a", 60s}}));
}

TEST_F(session_test, keys_that_were_let_go_or_deleted_before_are_left_alone) {
  store.run_all({create("s", "delete", 5s), lock("a", "s"), lock("b/1", "s"), lock("c", "s"),
                 with_session(m::KvWrite::UNLOCK, "a", "s", "mine no more"),
                 kv(m::KvWrite::DELETE_TREE, "b/"), put("b/1", "another"),
                 kv(m::KvWrite::DELETE, "c")});
  EXPECT_EQ(rows_of(kv_by_session_table::slot), 0u);
  EXPECT_TRUE(store.run(destroy("s")).changes.lock_delays.empty());
  EXPECT_EQ(store.value("a"), "mine no more");
  EXPECT_EQ(store.value("b/1"), "another");
}

TEST_F(session_test, a_critical_check_ends_the_sessions_that_named_it_and_no_other) {
  store.run_all({check("n1", "c", "passing"), create_with_check("s1", "C"), create("s2"),
                 check("n1", "c", "warning")});
  EXPECT_TRUE(exists("s1"));
  store.run(check("n1", "c", "critical"));
  EXPECT_FALSE(exists("s1"));
  EXPECT_TRUE(exists("s2"));
}

TEST_F(session_test, a_deregistered_check_or_node_ends_the_sessions_on_it) {
  m::Command no_check;
  no_check.mutable_deregister()->set_node("n1");
  no_check.mutable_deregister()->set_check_id("c");
  store.run_all(
      {check("n1", "c", "passing"), create_with_check("s1", "c"), create("s2"), no_check});
  EXPECT_FALSE(exists("s1"));
  EXPECT_TRUE(exists("s2"));
  m::Command no_node;
  no_node.mutable_deregister()->set_node("n1");
  store.run_all({lock("a", "s2"), no_node});
  EXPECT_FALSE(exists("s2"));
  EXPECT_EQ(row("a").session(), "");
}

TEST_F(session_test, queries_find_sessions_at_the_tables_index) {
  store.run_all({create("s2"), create("s1")});
  m::Sessions all;
  EXPECT_EQ(read_sessions(store.read(), all), store.index());
  ASSERT_EQ(all.sessions_size(), 2);
  EXPECT_EQ(all.sessions(0).id(), "s1");
  EXPECT_EQ(all.sessions(0).create_index(), store.index());
  m::Sessions of_node;
  read_node_sessions(store.read(), "N1", of_node);
  EXPECT_EQ(of_node.sessions_size(), 2);
  m::Sessions none;
  store.run(put("a", "1"));
  EXPECT_EQ(read_session(store.read(), "s3", none), store.index() - 1);
  EXPECT_TRUE(none.sessions().empty());
}

// Whatever happens: a key names only a session that is there, the table of locks holds exactly the
// keys that name a session, and no row of an ended session stays.
TEST_F(session_test, locks_and_sessions_agree_after_any_history) {
  for (const std::uint32_t seed : {1u, 2u, 3u, 4u}) {
    std::mt19937 random(seed);
    const auto pick = [&](int count) { return std::to_string(random() % count); };
    for (int step = 0; step < 400; ++step) {
      const auto session = "s" + pick(4);
      const auto key = "k" + pick(6);
      switch (random() % 9) {
        case 0:
        case 1:
          store.run(check("n1", "c", "passing"));
          store.run(random() % 2 == 0 ? create_with_check(session, "c")
                                      : create(session, random() % 2 == 0 ? "delete" : "release"));
          break;
        case 2:
          store.run(destroy(session));
          break;
        case 3:
          store.run(check("n1", "c", random() % 4 == 0 ? "critical" : "passing"));
          break;
        case 4:
          store.run(put(key, "v" + pick(3)));
          break;
        case 5:
          store.run(kv(random() % 3 == 0 ? m::KvWrite::DELETE_TREE : m::KvWrite::DELETE, key));
          break;
        case 6:
          store.run(with_session(m::KvWrite::UNLOCK, key, session));
          break;
        default:
          store.run(lock(key, session));
      }
      std::size_t held = 0;
      for (const auto& name : store.keys("k")) {
        const auto holder = row(name).session();
        held += holder.empty() ? 0 : 1;
        ASSERT_TRUE(holder.empty() || exists(holder)) << seed << " " << step;
        ASSERT_TRUE(holder.empty() || store.read().contains<kv_by_session_table>(
                                          kv_by_session_table::key(holder, name)));
      }
      ASSERT_EQ(rows_of(kv_by_session_table::slot), held) << seed << " " << step;
      ASSERT_EQ(rows_of(session_by_node_table::slot), rows_of(session_table::slot));
      ASSERT_LE(rows_of(session_by_check_table::slot), rows_of(session_table::slot));
    }
  }
}

}  // namespace
}  // namespace troupe::storage::tests
