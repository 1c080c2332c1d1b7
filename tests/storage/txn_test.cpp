#include <random>

#include "storage/read_txn.hpp"
#include "tests/storage/replica.hpp"

namespace troupe::storage::tests {
namespace {

using ::testing::Test;

m::TxnOp kv_op(const std::string& verb, const std::string& key, const std::string& value = {},
               std::uint64_t index = 0) {
  m::TxnOp op;
  op.mutable_kv()->set_verb(verb);
  op.mutable_kv()->set_key(key);
  op.mutable_kv()->set_value(value);
  op.mutable_kv()->set_index(index);
  return op;
}

m::TxnOp node_op(const std::string& verb, const std::string& node,
                 const std::string& address = "10.0.0.1", std::uint64_t index = 0) {
  m::TxnOp op;
  op.mutable_node()->set_verb(verb);
  op.mutable_node()->mutable_node()->set_node(node);
  op.mutable_node()->mutable_node()->set_address(address);
  op.mutable_node()->mutable_node()->set_modify_index(index);
  return op;
}

m::TxnOp service_op(const std::string& verb, const std::string& node, const std::string& id,
                    std::uint64_t index = 0) {
  m::TxnOp op;
  op.mutable_service()->set_verb(verb);
  op.mutable_service()->set_node(node);
  op.mutable_service()->mutable_service()->set_id(id);
  op.mutable_service()->mutable_service()->set_service(id);
  op.mutable_service()->mutable_service()->set_modify_index(index);
  return op;
}

m::TxnOp check_op(const std::string& verb, const std::string& node, const std::string& id,
                  const std::string& status = "passing", std::uint64_t index = 0) {
  m::TxnOp op;
  op.mutable_check()->set_verb(verb);
  op.mutable_check()->mutable_check()->set_node(node);
  op.mutable_check()->mutable_check()->set_check_id(id);
  op.mutable_check()->mutable_check()->set_status(status);
  op.mutable_check()->mutable_check()->set_modify_index(index);
  return op;
}

m::Command txn(const std::vector<m::TxnOp>& ops) {
  m::Command command;
  command.mutable_txn();
  for (const auto& op : ops)
    *command.mutable_txn()->add_ops() = op;
  return command;
}

class txn_test : public Test {
 protected:
  m::TxnOutcome run(const std::vector<m::TxnOp>& ops) { return store.run(txn(ops)).result.txn(); }
  // What the only operation is refused with.
  std::string refusal(const m::TxnOp& op) {
    const auto outcome = run({op});
    return outcome.errors().empty() ? "(none)" : outcome.errors(0).what();
  }
  // The state but for the applied index, which every entry moves.
  std::string state() const {
    std::string all;
    const auto txn = store.read();
    for (std::size_t slot = 1; slot < state_tables.size(); ++slot) {
      txn.for_each_stored(slot, [&](std::string_view key, std::string_view row) {
        all.append(state_tables[slot]).append(key).append("=").append(row).append("\n");
      });
    }
    return all;
  }

  temporary_directory directory;
  replica store{directory.path()};
};

TEST_F(txn_test, later_operations_see_what_earlier_ones_wrote) {
  const auto outcome = run({kv_op("set", "a", "1"), kv_op("get", "a"), kv_op("delete", "a"),
                            kv_op("check-not-exists", "a"), kv_op("get-or-empty", "a")});
  ASSERT_EQ(outcome.errors_size(), 0);
  ASSERT_EQ(outcome.results_size(), 3);
  EXPECT_EQ(outcome.results(0).kv().value(), "");
  EXPECT_EQ(outcome.results(0).kv().modify_index(), 1u);
  EXPECT_EQ(outcome.results(1).kv().value(), "1");
  EXPECT_EQ(outcome.results(2).kv().modify_index(), 0u);
  EXPECT_EQ(store.value("a"), "(none)");
}

TEST_F(txn_test, a_refused_one_names_every_failed_operation_and_leaves_no_trace) {
  store.run(put("a", "1"));
  store.run(txn({node_op("set", "n")}));
  const auto before = state();
  const auto refused = store.run(
      txn({kv_op("set", "new", "1"), kv_op("get", "nowhere"), kv_op("delete-tree", "a"),
           node_op("delete", "n"), service_op("set", "n", "s"), kv_op("cas", "a", "2", 77)}));
  const auto& outcome = refused.result.txn();
  ASSERT_EQ(outcome.errors_size(), 3);
  EXPECT_EQ(outcome.errors(0).op_index(), 1);
  EXPECT_EQ(outcome.errors(0).what(), "key \"nowhere\" doesn't exist");
  EXPECT_EQ(outcome.errors(1).op_index(), 4);
  EXPECT_EQ(outcome.errors(1).what(), "Missing node registration");
  EXPECT_EQ(outcome.errors(2).op_index(), 5);
  EXPECT_TRUE(outcome.results().empty());
  EXPECT_TRUE(refused.changes.empty());
  EXPECT_EQ(state(), before);
}

TEST_F(txn_test, a_refused_one_leaves_the_rest_of_its_batch_alone) {
  const auto batch = store.run_all({put("a", "1"), txn({kv_op("set", "b", "1"), kv_op("get", "z")}),
                                    txn({kv_op("set", "c", "1")}), put("d", "1")});
  EXPECT_EQ(store.keys(""), (std::vector<std::string>{"a", "c", "d"}));
  EXPECT_FALSE(batch.changes.touches(topics::kv("b")));
  EXPECT_TRUE(batch.changes.touches(topics::kv("c")));
  EXPECT_EQ(store.prefix_index(""), 4u);
}

TEST_F(txn_test, refusals_of_the_store_say_why) {
  store.run(put("a", "1"));
  EXPECT_EQ(refusal(kv_op("cas", "a", "2", 9)), "failed to set key \"a\", index is stale");
  EXPECT_EQ(refusal(kv_op("delete-cas", "a", "", 9)), "failed to delete key \"a\", index is stale");
  EXPECT_EQ(refusal(kv_op("check-index", "a", "", 9)),
            "failed index check for key \"a\", current modify index 1 != 9");
  EXPECT_EQ(refusal(kv_op("check-not-exists", "a")), "key \"a\" exists");
  EXPECT_EQ(refusal(kv_op("lock", "a")), "missing session");
  auto unlock = kv_op("unlock", "a");
  unlock.mutable_kv()->set_session("s");
  EXPECT_EQ(refusal(unlock),
            "failed to unlock key \"a\", lock isn't held, or is held by another session");
  auto held = kv_op("check-session", "a");
  held.mutable_kv()->set_session("s");
  EXPECT_EQ(refusal(held), "failed session check for key \"a\", current session \"\" != \"s\"");
}

TEST_F(txn_test, the_catalog_can_be_written_compared_and_deleted) {
  auto outcome = run({node_op("set", "n"), service_op("set", "n", "s"), check_op("set", "n", "c")});
  ASSERT_EQ(outcome.results_size(), 3) << outcome.ShortDebugString();
  EXPECT_EQ(outcome.results(0).node().modify_index(), 1u);
  EXPECT_EQ(outcome.results(1).service().id(), "s");
  EXPECT_EQ(outcome.results(2).check().status(), "passing");
  EXPECT_EQ(refusal(node_op("cas", "n", "10.0.0.2", 9)),
            "failed to set node \"n\", index is stale");
  EXPECT_EQ(refusal(service_op("cas", "n", "s", 0)),
            "failed to set service \"s\" on node \"n\", index is stale");
  EXPECT_EQ(refusal(check_op("delete-cas", "n", "c", "", 9)),
            "failed to delete check \"c\" on node \"n\", index is stale");
  EXPECT_EQ(refusal(node_op("cas", "n", "10.0.0.2", 1)), "(none)");
  EXPECT_EQ(refusal(check_op("delete-cas", "n", "c", "", 1)), "(none)");
  EXPECT_EQ(refusal(check_op("get", "n", "c")), "check \"c\" on node \"n\" doesn't exist");
  EXPECT_EQ(refusal(service_op("delete", "n", "nowhere")), "(none)");
  EXPECT_EQ(refusal(node_op("delete", "n")), "(none)");
  EXPECT_EQ(refusal(service_op("get", "n", "s")), "service \"s\" on node \"n\" doesn't exist");
}

TEST_F(txn_test, a_read_only_one_answers_as_the_log_would) {
  store.run_all({put("a/1", "1"), put("a/2", "2")});
  m::TxnRead read;
  *read.add_ops() = kv_op("get-tree", "a/");
  *read.add_ops() = kv_op("check-index", "a/1", "", 1);
  m::TxnOutcome out;
  read_txn(store.read(), read.ops(), out);
  ASSERT_EQ(out.results_size(), 3);
  EXPECT_EQ(out.results(1).kv().value(), "2");
  EXPECT_EQ(out.results(2).kv().value(), "");
  EXPECT_EQ(out.SerializeAsString(), run({read.ops(0), read.ops(1)}).SerializeAsString());
  *read.add_ops() = kv_op("get", "nowhere");
  m::TxnOutcome refused;
  read_txn(store.read(), read.ops(), refused);
  EXPECT_TRUE(refused.results().empty());
  EXPECT_EQ(refused.errors(0).op_index(), 2);
}

// Against a map: a transaction is applied to a copy that is kept only if every operation succeeds.
TEST_F(txn_test, any_history_of_transactions_matches_a_map) {
  std::map<std::string, std::string> model;
  std::mt19937 random(7);
  const auto key = [&] { return "k" + std::to_string(random() % 5); };
  for (int step = 0; step < 500; ++step) {
    auto copy = model;
    bool fails = false;
    std::vector<m::TxnOp> ops;
    for (auto count = random() % 5; count-- > 0;) {
      const auto name = key();
      switch (random() % 4) {
        case 0:
          ops.push_back(kv_op("delete", name));
          copy.erase(name);
          break;
        case 1:
          ops.push_back(kv_op("check-not-exists", name));
          fails |= copy.contains(name);
          break;
        default: {
          const auto value = std::to_string(random() % 3);
          ops.push_back(kv_op("set", name, value));
          copy[name] = value;
        }
      }
    }
    EXPECT_EQ(run(ops).errors().empty(), !fails);
    if (!fails)
      model = copy;
    ASSERT_EQ(store.keys("").size(), model.size()) << step;
    for (const auto& [name, value] : model)
      ASSERT_EQ(store.value(name), value) << step;
  }
}

}  // namespace
}  // namespace troupe::storage::tests
