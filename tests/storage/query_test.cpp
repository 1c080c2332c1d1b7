#include <map>
#include <random>

#include "messages/limits.hpp"
#include "storage/read_query.hpp"
#include "tests/storage/replica.hpp"

namespace troupe::storage::tests {
namespace {

m::Command set(const std::string& id, const std::string& name, bool create = true) {
  m::Command command;
  auto& set = *command.mutable_query_set();
  set.set_create(create);
  set.mutable_query()->set_id(id);
  set.mutable_query()->set_name(name);
  set.mutable_query()->mutable_service()->set_service("web");
  return command;
}
m::Command change(const std::string& id, const std::string& name) {
  return set(id, name, false);
}
m::Command set_template(const std::string& id, const std::string& prefix) {
  auto command = set(id, prefix);
  command.mutable_query_set()->mutable_query()->mutable_template_()->set_type("name_prefix_match");
  return command;
}
m::Command bound(m::Command command, const std::string& session) {
  command.mutable_query_set()->mutable_query()->set_session(session);
  return command;
}
m::Command remove(const std::string& id) {
  m::Command command;
  command.mutable_query_delete()->set_id(id);
  return command;
}
m::Command session(const std::string& id) {
  m::Command command;
  command.mutable_session_create()->mutable_session()->set_id(id);
  command.mutable_session_create()->mutable_session()->set_node("n1");
  return command;
}
m::Command end_session(const std::string& id) {
  m::Command command;
  command.mutable_session_destroy()->set_id(id);
  return command;
}

class query_test : public ::testing::Test {
 protected:
  query_test() {
    m::Command node;
    node.mutable_register_()->set_node("n1");
    node.mutable_register_()->set_address("10.0.0.1");
    store.run(node);
  }

  std::string refusal(const m::Command& command) { return store.run(command).result.error(); }
  m::PreparedQuery row(const std::string& id) {
    return find_query_by_id(store.read(), id).value_or(m::PreparedQuery());
  }
  static std::string id_of(const std::optional<m::PreparedQuery>& found) {
    return found ? found->id() : "(none)";
  }
  std::string named(const std::string& name) {
    return id_of(find_query_by_name(store.read(), name));
  }
  std::string template_for(const std::string& name) {
    return id_of(find_query_template(store.read(), name));
  }
  std::size_t rows_of(std::size_t slot) {
    std::size_t count = 0;
    store.read().for_each_stored(slot, [&](std::string_view, std::string_view) { ++count; });
    return count;
  }

  temporary_directory directory;
  replica store{directory.path()};
};

TEST_F(query_test, a_query_is_found_by_id_and_by_name_without_regard_to_case) {
  const auto made = store.run(set("Q-1", "Web"));
  EXPECT_EQ(made.result.error(), "");
  EXPECT_EQ(made.result.query_id(), "Q-1");
  EXPECT_TRUE(made.wakes(topics::prepared_queries));
  EXPECT_EQ(row("q-1").name(), "Web");
  EXPECT_EQ(named("WEB"), "Q-1");
  EXPECT_EQ(named("we"), "(none)");
  EXPECT_EQ(named(""), "(none)");
  EXPECT_EQ(row("").id(), "");
  EXPECT_EQ(template_for("web"), "(none)") << "it is no template";
}

TEST_F(query_test, a_query_keeps_the_index_of_its_beginning_and_changes_that_of_the_table) {
  store.run(set("q1", "web"));
  const auto begun = store.index();
  store.run(put("a", "1"));
  m::PreparedQueries all;
  EXPECT_EQ(read_prepared_queries(store.read(), all), begun);
  store.run(change("q1", "web"));
  m::PreparedQueries one;
  EXPECT_EQ(read_prepared_query(store.read(), "q1", one), store.index());
  ASSERT_EQ(one.queries_size(), 1);
  EXPECT_EQ(one.queries(0).create_index(), begun);
  EXPECT_EQ(one.queries(0).modify_index(), store.index());
  EXPECT_TRUE(store.run(remove("q1")).wakes(topics::prepared_queries));
  m::PreparedQueries none;
  EXPECT_EQ(read_prepared_query(store.read(), "q1", none), store.index());
  EXPECT_TRUE(none.queries().empty());
}

TEST_F(query_test, a_name_is_one_querys_and_is_free_again_after_it) {
  store.run(set("q1", "web"));
  EXPECT_EQ(refusal(set("q2", "WEB")),
            "raft apply failed: name 'WEB' aliases an existing query name");
  EXPECT_EQ(refusal(set_template("q2", "web")),
            "raft apply failed: name 'web' aliases an existing query name");
  EXPECT_EQ(refusal(set("q2", "q1")), "raft apply failed: name 'q1' aliases an existing query ID");
  EXPECT_EQ(row("q2").id(), "") << "a refused one leaves nothing";
  EXPECT_EQ(refusal(change("q1", "db")), "");
  EXPECT_EQ(named("web"), "(none)");
  EXPECT_EQ(refusal(set("q2", "web")), "");
  EXPECT_EQ(refusal(remove("q1")), "");
  EXPECT_EQ(refusal(set("q3", "db")), "");
}

TEST_F(query_test, queries_without_a_name_may_be_many_but_templates_without_one_not) {
  EXPECT_EQ(refusal(set("q1", "")), "");
  EXPECT_EQ(refusal(set("q2", "")), "");
  EXPECT_EQ(refusal(set_template("q3", "")), "");
  EXPECT_EQ(refusal(set_template("q4", "")),
            "raft apply failed: a query template with an empty name already exists");
  EXPECT_EQ(refusal(set_template("q3", "")), "") << "it may stay what it is";
  EXPECT_EQ(refusal(change("q3", "")), "");
  EXPECT_EQ(refusal(set_template("q4", "")), "") << "the other is none any more";
}

TEST_F(query_test, what_is_not_there_is_neither_changed_nor_deleted) {
  EXPECT_EQ(refusal(change("q1", "web")), "Cannot modify non-existent prepared query: 'q1'");
  EXPECT_EQ(refusal(remove("q1")), "Cannot modify non-existent prepared query: 'q1'");
  EXPECT_EQ(refusal(remove("")), "Cannot modify non-existent prepared query: ''");
  EXPECT_EQ(refusal(set("", "web")), "Missing query ID");
}

TEST_F(query_test, the_template_of_the_longest_prefix_is_found) {
  store.run_all({set_template("all", ""), set_template("geo", "geo-"),
                 set_template("db", "Geo-DB-"), set("plain", "geo-db-main")});
  EXPECT_EQ(template_for("geo-db-main"), "db");
  EXPECT_EQ(template_for("GEO-DB-"), "db");
  EXPECT_EQ(template_for("geo-db"), "geo");
  EXPECT_EQ(template_for("geo"), "all");
  EXPECT_EQ(template_for(""), "(none)");
  EXPECT_EQ(template_for(std::string(m::limits::query_name_bytes_max, 'a')), "all");
  EXPECT_EQ(template_for(std::string(m::limits::query_name_bytes_max + 1, 'a')), "(none)");
  store.run(remove("db"));
  EXPECT_EQ(template_for("geo-db-main"), "geo");
}

TEST_F(query_test, the_end_of_its_session_is_the_end_of_a_query) {
  EXPECT_EQ(refusal(bound(set("q1", "web"), "s1")), "raft apply failed: invalid session \"s1\"");
  store.run_all({session("s1"), session("s2"), bound(set("q1", "web"), "s1"),
                 bound(set_template("q2", "t"), "s1"), bound(set("q3", "db"), "s2"),
                 set("q4", "free")});
  const auto ended = store.run(end_session("s1"));
  EXPECT_TRUE(ended.wakes(topics::prepared_queries));
  EXPECT_EQ(named("web"), "(none)");
  EXPECT_EQ(template_for("tree"), "(none)");
  EXPECT_EQ(named("db"), "q3");
  EXPECT_EQ(named("free"), "q4");
  m::PreparedQueries all;
  EXPECT_EQ(read_prepared_queries(store.read(), all), store.index());
  EXPECT_EQ(all.queries_size(), 2);
}

TEST_F(query_test, a_query_that_was_let_go_or_taken_over_outlives_its_first_session) {
  store.run_all({session("s1"), session("s2"), bound(set("q1", "a"), "s1"),
                 bound(set("q2", "b"), "s1"), change("q1", "a"), bound(change("q2", "b"), "s2"),
                 end_session("s1")});
  EXPECT_EQ(named("a"), "q1");
  EXPECT_EQ(named("b"), "q2");
  store.run(end_session("s2"));
  EXPECT_EQ(named("a"), "q1");
  EXPECT_EQ(named("b"), "(none)");
}

// What is known of each query that is there.
struct known {
  std::string name;
  std::string session;
  bool is_template = false;

  friend bool operator==(const known&, const known&) = default;
};

// Against a map of queries: the same are there after any history, and the names and sessions that
// refer to them are theirs.
class query_history : public query_test {
 protected:
  void step(std::mt19937& random) {
    const auto pick = [&](const char* kind, int count) {
      return kind + std::to_string(random() % count);
    };
    const auto id = pick("q", 4);
    const auto held = pick("s", 2);
    switch (random() % 6) {
      case 0:
        store.run(session(held));
        return;
      case 1:
        store.run(end_session(held));
        std::erase_if(model, [&](const auto& entry) { return entry.second.session == held; });
        return;
      case 2:
        EXPECT_EQ(refusal(remove(id)).empty(), model.erase(id) == 1);
        return;
      default:
        break;
    }
    const known wanted{random() % 4 == 0 ? "" : pick("name", 4), random() % 2 == 0 ? "" : held,
                       random() % 3 == 0};
    auto command = bound(wanted.is_template ? set_template(id, wanted.name) : set(id, wanted.name),
                         wanted.session);
    command.mutable_query_set()->set_create(random() % 2 == 0);
    if (refusal(command).empty())
      model[id] = wanted;
  }

  void check() {
    std::map<std::string, known> stored;
    std::size_t references = 0;
    std::size_t bound_ones = 0;
    m::PreparedQueries all;
    read_prepared_queries(store.read(), all);
    for (const auto& query : all.queries()) {
      stored[query.id()] = {query.name(), query.session(), is_template(query)};
      references += (query.name().empty() ? 0 : 1) + (is_template(query) ? 1 : 0);
      bound_ones += query.session().empty() ? 0 : 1;
      const auto by_name = query.name().empty() ? query.id() : named(query.name());
      ASSERT_EQ(by_name, query.id());
    }
    ASSERT_EQ(stored, model);
    ASSERT_EQ(rows_of(prepared_query_by_name_table::slot), references);
    ASSERT_EQ(rows_of(prepared_query_by_session_table::slot), bound_ones);
  }

  std::map<std::string, known> model;
};

TEST_F(query_history, leaves_names_sessions_and_rows_that_agree) {
  for (const std::uint32_t seed : {1u, 2u, 3u, 4u}) {
    std::mt19937 random(seed);
    for (int i = 0; i < 300; ++i) {
      SCOPED_TRACE(std::to_string(seed) + " " + std::to_string(i));
      step(random);
      ASSERT_NO_FATAL_FAILURE(check());
    }
  }
}

}  // namespace
}  // namespace troupe::storage::tests
