#include "actors/router/write_validation.hpp"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace troupe::actors::router {
namespace {

// The text of the refusal; empty: allowed.
std::string text_of(const messages::result<void>& outcome) {
  return outcome ? std::string() : outcome.error().detail;
}

messages::Command command_of(const std::string& text) {
  messages::Command command;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &command)) << text;
  return command;
}

struct key_case {
  std::string key;
  std::string refusal;
};

TEST(validate_key, follows_the_recorded_rules) {
  const std::string space = "invalid key name, leading/trailing spaces are not allowed";
  const std::string traversal = "invalid key name, path traversal is not allowed";
  const key_case cases[] = {
      {" a", space},
      {"a ", space},
      {"\xc2\xa0"
       "a",
       space},
      {"a\xe3\x80\x80", space},
      {"..", traversal},
      {"../a", traversal},
      {"a/../b", traversal},
      {"a/..", traversal},
      {"a b", ""},
      {"a..b", ""},
      {"..a", ""},
      {"a/..b", ""},
      {"a\\..\\b", ""},
      {"", ""},
      {"\xc3\xa4", ""},
  };
  for (const auto& one : cases)
    EXPECT_EQ(text_of(validate_key(one.key)), one.refusal) << '[' << one.key << ']';
}

struct write_case {
  std::string command;
  std::string refusal;
};

TEST(validate_write, refuses_what_consul_refuses_before_the_log) {
  const write_case cases[] = {
      {R"(register { address: "1.2.3.4" })", "Must provide node"},
      {R"(register { node: "x" })", "Must provide address if SkipNodeUpdate is not set"},
      {R"(register { node: "x" skip_node_update: true })", ""},
      {R"(register { node: "x" address: "1.1.1.1" id: "zz" })",
       "Bad node ID: uuid string is wrong length"},
      {R"(register { node: "x" address: "1.1.1.1" id: "11111111-1111-1111-1111-11111111111g" })",
       "Bad node ID: uuid is improperly formatted"},
      {R"(register { node: "x" address: "1.1.1.1" id: "11111111-1111-1111-1111-111111111111" })",
       ""},
      {R"(register { node: "x" address: "1.1.1.1" service { id: "a" } })",
       "Must provide service name (Service.Service) when service ID is provided"},
      {R"(register { node: "x" address: "1.1.1.1" datacenter: "nodc" })", "No path to datacenter"},
      {R"(register { node: "x" address: "1.1.1.1" datacenter: "dc1" })", ""},
      {R"(register { node: "x" address: "1.1.1.1" check { name: "c" status: "zonk" } })", ""},
      {R"(deregister { })", "Must provide node"},
      {R"(deregister { node: "nosuch" })", ""},
      {R"(deregister { node: "x" datacenter: "nodc" })", "No path to datacenter"},
      {R"(kv { entry { } })", "Must provide key"},
      {R"(kv { verb: DELETE_TREE entry { } })", ""},
      {R"(kv { entry { key: "a " } })",
       "invalid key name, leading/trailing spaces are not allowed"},
      {R"()", "the write names no command"},
  };
  for (const auto& one : cases) {
    auto command = command_of(one.command);
    EXPECT_EQ(text_of(validate_write(command, "dc1")), one.refusal) << one.command;
  }
}

TEST(validate_write, fills_in_ids_and_the_datacenter) {
  auto command = command_of(R"(register { node: "x" address: "1.1.1.1"
      service { service: "web" } check { name: "one" } checks { check_id: "two" node: "y" } })");
  ASSERT_TRUE(validate_write(command, "dc1"));
  const auto& filled = command.register_();
  EXPECT_EQ(filled.datacenter(), "dc1");
  EXPECT_EQ(filled.service().id(), "web");
  EXPECT_FALSE(filled.has_check());
  ASSERT_EQ(filled.checks_size(), 2);
  EXPECT_EQ(filled.checks(0).check_id() + '@' + filled.checks(0).node(), "two@y");
  EXPECT_EQ(filled.checks(1).check_id() + '@' + filled.checks(1).node(), "one@x");
}

TEST(validate_write, allows_a_value_of_exactly_the_limit) {
  auto command = command_of(R"(kv { entry { key: "a" } })");
  auto& value = *command.mutable_kv()->mutable_entry()->mutable_value();
  value.assign(512 * 1024, 'x');
  EXPECT_TRUE(validate_write(command, "dc1"));
  value += 'x';
  EXPECT_EQ(validate_write(command, "dc1").error().code, messages::errc::too_large);
}

}  // namespace
}  // namespace troupe::actors::router
