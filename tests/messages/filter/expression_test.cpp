#include "messages/filter/expression.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "messages/agent.pb.h"
#include "messages/catalog.pb.h"
#include "messages/limits.hpp"

namespace troupe::messages::filter {
namespace {

constexpr std::string_view prefix = "Failed to create boolean expression evaluator: ";

template <class Message>
std::string error_of(std::string_view text) {
  const auto compiled = expression::compile(text, *Message::descriptor());
  if (compiled)
    return "no error";
  EXPECT_EQ(compiled.error().code, errc::failed);
  const std::string& detail = compiled.error().detail;
  EXPECT_EQ(detail.substr(0, prefix.size()), prefix);
  return detail.substr(std::min(prefix.size(), detail.size()));
}

template <class Message>
bool matches(std::string_view text, const Message& message) {
  const auto compiled = expression::compile(text, *Message::descriptor());
  EXPECT_TRUE(compiled.has_value()) << text << ": " << compiled.error().detail;
  return compiled && compiled->matches(message);
}

CheckServiceNode web_instance() {
  CheckServiceNode out;
  out.mutable_node()->set_node("n1");
  out.mutable_node()->set_address("10.0.0.1");
  (*out.mutable_node()->mutable_meta())["rack"] = "r 1";
  (*out.mutable_node()->mutable_meta())["odd.key"] = "x";
  auto& service = *out.mutable_service();
  service.set_id("web1");
  service.set_service("web");
  service.set_port(8080);
  service.add_tags("primary");
  service.add_tags("v2");
  service.mutable_weights()->set_passing(10);
  (*service.mutable_tagged_addresses())["lan"].set_address("10.1.1.1");
  (*service.mutable_tagged_addresses())["lan"].set_port(80);
  service.mutable_connect()->set_native(true);
  auto* first = out.add_checks();
  first->set_status("passing");
  auto* second = out.add_checks();
  second->set_status("warning");
  second->add_service_tags("primary");
  return out;
}

struct error_row {
  std::string_view text;
  std::string_view error;
};

// Recorded from Consul 1.22.7.
TEST(filter_expression, words_errors_as_recorded) {
  const error_row of_nodes[] = {
      {"foo bar",
       R"(1:5 (4): no match found, expected: "!=", "==", "contains", "in", "is", "matches", "not" or [ \t\r\n])"},
      {R"(Foo == "x")", R"(Selector "Foo" is not valid)"},
      {R"(Node == "x)", R"(1:11 (10): rule "string": Unterminated string literal)"},
      {R"(Meta == "x")", R"(Invalid match operator "Equal" for selector "Meta")"},
      {R"x(Node matches "(")x",
       "Failed to compile regular expression \"(\": error parsing regexp: missing closing ): `(`"},
      {R"((Node == "x")", R"(1:13 (12): rule "grouping": Unmatched parentheses)"},
      {"CreateIndex == abc", R"(Selector "CreateIndex" is not valid)"},
  };
  for (const auto& row : of_nodes)
    EXPECT_EQ(error_of<Node>(row.text), row.error);
  const error_row of_services[] = {
      {"nope == 1", R"(Selector "nope" is not valid)"},
      {"Port == abc",
       R"(Failed to coerce value "abc" for selector "Port": strconv.ParseInt: parsing "abc": invalid syntax)"},
      {R"(Tags == "a")", R"(Invalid match operator "Equal" for selector "Tags")"},
  };
  for (const auto& row : of_services)
    EXPECT_EQ(error_of<AgentService>(row.text), row.error);
  const error_row of_instances[] = {
      {"1==Service.Port", R"(1:2 (1): rule "number": Invalid number literal)"},
      {"Service.ID=='w1'",
       R"(1:13 (12): no match found, expected: "-", "0", "\"", "`", [ \t\r\n], [1-9] or [a-zA-Z])"},
      {"Service.ID==w1 AND Service.ID==w1",
       R"(1:16 (15): no match found, expected: "and", "or", [ \t\r\n] or EOF)"},
      {"not(Service.ID==w1)",
       R"(1:4 (3): no match found, expected: "!=", ".", "==", "[", [ \t\r\n] or [a-zA-Z0-9_])"},
      {"Service.ID is not empty",
       R"(Invalid match operator "Is Not Empty" for selector "Service.ID")"},
  };
  for (const auto& row : of_instances)
    EXPECT_EQ(error_of<CheckServiceNode>(row.text), row.error);
}

// Derived from the grammar, not recorded.
TEST(filter_expression, names_the_rule_that_was_broken) {
  const error_row rows[] = {
      {R"(Node.Meta[foo] == "x")", R"(1:11 (10): rule "index": Invalid index)"},
      {R"(Node.Meta["foo" == "x")", R"(1:17 (16): rule "index": Unclosed index expression)"},
      {R"(Node.Node == "a\q")", R"(1:14 (13): rule "string": invalid syntax)"},
      {"Node.Node ==\n 'x'",
       R"(2:2 (14): no match found, expected: "-", "0", "\"", "`", [ \t\r\n], [1-9] or [a-zA-Z])"},
      {"Node.Node == \"\xff\"", "1:15 (14): invalid encoding"},
      {"Service == x", R"(Invalid match operator "Equal" for selector "Service")"},
      {"Checks contains x", R"(Invalid match operator "In" for selector "Checks")"},
      {"Service.Port matches x", R"(Invalid match operator "Matches" for selector "Service.Port")"},
      {"Service.Tags matches x", R"(Invalid match operator "Matches" for selector "Service.Tags")"},
      {"Service.port == 1", R"(Selector "Service.port" is not valid)"},
      {"Service.ID.more == x", R"(Selector "Service.ID.more" is not valid)"},
      {"Node.ModifyIndex == 1", R"(Selector "Node.ModifyIndex" is not valid)"},
      {"Service.Connect.Native == maybe",
       R"(Failed to coerce value "maybe" for selector "Service.Connect.Native": strconv.ParseBool: parsing "maybe": invalid syntax)"},
      {"Service.Port == 99999999999999999999",
       R"(Failed to coerce value "99999999999999999999" for selector "Service.Port": strconv.ParseInt: parsing "99999999999999999999": value out of range)"},
      {"Checks.Definition.Header.x == y", R"(Selector "Checks.Definition.Header.x" is not valid)"},
      {"Service.Proxy.Config is empty", R"(Selector "Service.Proxy.Config" is not valid)"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(error_of<CheckServiceNode>(row.text), row.error) << row.text;
}

TEST(filter_expression, words_regular_expression_errors_as_go_does) {
  const error_row rows[] = {
      {"[a", "missing closing ]: `[a`"},
      {"a)", "unexpected ): `a)`"},
      {"*", "missing argument to repetition operator: `*`"},
      {"a**", "invalid nested repetition operator: `**`"},
      {"[z-a]", "invalid character class range: `z-a`"},
      {"a{1001}", "invalid repeat count: `{1001}`"},
      {"(?z)", "invalid or unsupported Perl syntax: `(?z`"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(error_of<Node>("Node matches `" + std::string(row.text) + "`"),
              "Failed to compile regular expression \"" + std::string(row.text) +
                  "\": error parsing regexp: " + std::string(row.error));
}

TEST(filter_expression, matches_everything_when_empty) {
  EXPECT_TRUE(matches("", Node{}));
  EXPECT_TRUE(matches("", web_instance()));
}

struct match_row {
  std::string_view text;
  bool holds;
};

TEST(filter_expression, asks_each_kind_of_field_its_operators) {
  const auto web = web_instance();
  const match_row rows[] = {
      // text
      {"Node.Node == n1", true},
      {"Node.Node == `n1`", true},
      {"Node.Node==\"n2\"", false},
      {"Node.Node != n2", true},
      {"Node.Node != n1", false},
      {"Node.Node == N1", false},
      {"\"10.0\" in Node.Address", true},
      {"\"10.9\" not in Node.Address", true},
      {"Node.Address contains \"0.1\"", true},
      {"Node.Address not contains \"0.1\"", false},
      {"Node.Address matches `^10\\.`", true},
      {"Node.Address matches `0\\.0`", true},
      {"Node.Address not matches `^0`", true},
      {"Node.Address matches `^(?<first>10)\\.`", true},
      {"Node.Node == \"\\x6e\\u0031\"", true},
      // numbers and bools
      {"Service.Port == 8080", true},
      {"Service.Port == \"0x1f90\"", true},
      {"Service.Port != 80", true},
      {"Service.Port == \"8_080\"", true},
      {"Service.Weights.Passing == 10", true},
      {"Service.Connect.Native == true", true},
      {"Service.Connect.Native != 1", false},
      {"Service.EnableTagOverride == F", true},
      // lists
      {"primary in Service.Tags", true},
      {"Service.Tags contains prim", false},
      {"v3 not in Service.Tags", true},
      {"Service.Tags is empty", false},
      {"Service.Tags is not empty", true},
      {"Checks is empty", false},
      {"Checks.Status == warning", true},
      {"Checks.Status == critical", false},
      {"Checks.Status != passing", true},
      {"not Checks.Status == passing", false},
      {"primary in Checks.ServiceTags", true},
      {"v2 in Checks.ServiceTags", false},
      {"Checks.Definition.HTTP == \"\"", true},
      // maps
      {"rack in Node.Meta", true},
      {"Node.Meta contains zone", false},
      {"zone not in Node.Meta", true},
      {"Node.Meta is not empty", true},
      {"Node.TaggedAddresses is empty", true},
      {"Node.Meta.rack == \"r 1\"", true},
      {"Node.Meta[\"odd.key\"] == x", true},
      {"Node.Meta[ `rack` ] matches `1$`", true},
      {"Node.Meta.rack contains \" \"", true},
      {"Service.TaggedAddresses.lan.Address == \"10.1.1.1\"", true},
      {"Service.TaggedAddresses.lan.Port == 80", true},
      {"Service.TaggedAddresses[\"wan\"].Port == 80", false},
      {"Service.TaggedAddresses[\"wan\"].Port != 80", true},
      // a key that is not there
      {"Node.Meta.zone == x", false},
      {"x in Node.Meta.zone", false},
      {"Node.Meta.zone matches x", true},
      {"Node.Meta.zone != x", true},
      {"x not in Node.Meta.zone", true},
      {"Node.Meta.zone not matches x", true},
  };
  for (const auto& row : rows)
    EXPECT_EQ(matches(row.text, web), row.holds) << row.text;
}

TEST(filter_expression, binds_not_before_and_before_or) {
  const auto web = web_instance();
  const match_row rows[] = {
      {"Node.Node == n1 or Node.Node == n2 and Node.Node == n3", true},
      {"(Node.Node == n1 or Node.Node == n2) and Node.Node == n3", false},
      {"not Node.Node == n2 and Node.Node == n1", true},
      {"not (Node.Node == n1 and Node.Node == n2)", true},
      {"not not Node.Node == n1", true},
      {"  ( ( Node.Node == n1 ) )\t\r\n", true},
      {"Node.Node == n2 or Node.Node == n3 or Node.Node == n1", true},
      {"Node.Node==n1 and(Node.Node==n1)", false},
  };
  for (const auto& row : rows) {
    if (row.text.find("and(") != std::string_view::npos)
      EXPECT_NE(error_of<CheckServiceNode>(row.text), "no error");
    else
      EXPECT_EQ(matches(row.text, web), row.holds) << row.text;
  }
}

TEST(filter_expression, takes_words_of_the_language_as_values_and_names) {
  Member member;
  member.set_name("not");
  (*member.mutable_tags())["is"] = "empty";
  EXPECT_TRUE(matches("Name == not", member));
  EXPECT_TRUE(matches("Tags.is == empty", member));
  EXPECT_TRUE(matches("is in Tags and not in in Tags", member));
}

TEST(filter_expression, refuses_what_is_too_long_or_too_deep) {
  const std::string long_text = "Node == \"" + std::string(limits::filter_bytes_max, 'x') + "\"";
  EXPECT_EQ(error_of<Node>(long_text), "the expression is longer than 16384 bytes");
  const std::string deep(limits::filter_depth_max + 1, '(');
  EXPECT_EQ(error_of<Node>(deep + "Node == x"),
            "the expression is nested more than 128 levels deep");
  std::string nots;
  for (std::size_t i = 0; i <= limits::filter_depth_max; ++i)
    nots += "not ";
  EXPECT_EQ(error_of<Node>(nots + "Node == x"),
            "the expression is nested more than 128 levels deep");
  std::string many = "Node matches x";
  for (std::size_t i = 0; i < limits::filter_regexps_max; ++i)
    many += " or Node matches x";
  EXPECT_EQ(error_of<Node>(many), "more than 64 regular expressions");
}

TEST(filter_expression, takes_long_lists_of_alternatives) {
  std::string text = "Node == n0";
  for (int i = 1; i < 700; ++i)
    text += " or Node == n" + std::to_string(i);
  Node node;
  node.set_node("n699");
  EXPECT_TRUE(matches(text, node));
  node.set_node("n700");
  EXPECT_FALSE(matches(text, node));
}

}  // namespace
}  // namespace troupe::messages::filter
