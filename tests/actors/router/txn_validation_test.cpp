#include "actors/router/txn_validation.hpp"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace troupe::actors::router {
namespace {

messages::Txn txn_of(const std::string& text) {
  messages::Txn txn;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &txn)) << text;
  return txn;
}

std::string refusal(const std::string& op) {
  auto txn = txn_of("ops { " + op + " }");
  const auto refused = vet_txn(*txn.mutable_ops(), "dc1");
  return refused.errors().empty() ? "" : refused.errors(0).what();
}

TEST(vet_txn, refuses_with_the_recorded_texts) {
  EXPECT_EQ(refusal("kv { verb: 'zonk' key: 'a' }"), "unknown KV operation: zonk");
  EXPECT_EQ(refusal("kv { key: 'a' }"), "unknown KV operation: ");
  EXPECT_EQ(refusal("kv { verb: 'set' }"), "Must provide key");
  EXPECT_EQ(refusal("kv { verb: 'delete-tree' }"), "");
  EXPECT_EQ(refusal("node { verb: 'zonk' node { node: 'x' } }"), "unknown node operation: zonk");
  EXPECT_EQ(refusal("node { verb: 'get' }"), "Must provide node");
  EXPECT_EQ(refusal("node { verb: 'set' node { node: 'x' id: 'y' } }"),
            "Bad node ID: uuid string is wrong length");
  EXPECT_EQ(refusal("service { verb: 'get' node: 'x' service { id: 's' } }"), "");
  EXPECT_EQ(refusal("service { verb: 'set' node: 'x' service { id: 's' } }"),
            "Must provide service name (Service.Service) when service ID is provided");
  EXPECT_EQ(refusal("check { verb: 'zonk' check { node: 'x' } }"), "unknown check operation: zonk");
  EXPECT_EQ(refusal(""), "no operation specified");
}

TEST(vet_txn, names_every_operation_that_is_refused) {
  auto txn = txn_of(
      "ops { kv { verb: 'a' key: 'k' } } ops { kv { verb: 'get' key: 'k' } } ops { kv { verb: 'b' "
      "key: 'k' } }");
  const auto refused = vet_txn(*txn.mutable_ops(), "dc1");
  ASSERT_EQ(refused.errors_size(), 2);
  EXPECT_EQ(refused.errors(0).op_index(), 0);
  EXPECT_EQ(refused.errors(1).op_index(), 2);
}

TEST(vet_txn, fills_in_what_an_operation_leaves_open) {
  auto txn = txn_of(
      "ops { node { verb: 'set' node { node: 'x' } } }"
      "ops { service { verb: 'set' node: 'x' service { service: 's' weights {} } } }"
      "ops { check { verb: 'set' check { node: 'x' name: 'c' definition { tcp: '1.1.1.1' } } } }");
  EXPECT_TRUE(vet_txn(*txn.mutable_ops(), "dc1").errors().empty());
  EXPECT_EQ(txn.ops(0).node().node().datacenter(), "dc1");
  EXPECT_EQ(txn.ops(1).service().service().id(), "s");
  EXPECT_FALSE(txn.ops(1).service().service().has_weights());
  EXPECT_EQ(txn.ops(2).check().check().check_id(), "c");
  EXPECT_EQ(txn.ops(2).check().check().type(), "tcp");
}

}  // namespace
}  // namespace troupe::actors::router
