// Random filters on random instances, against an evaluator that is too simple to be wrong: it knows
// the message's type and nothing of descriptors.

#include <algorithm>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "messages/catalog.pb.h"
#include "messages/filter/expression.hpp"
#include "messages/limits.hpp"

namespace troupe::messages::filter {
namespace {

using random_source = std::mt19937;

const std::vector<std::string> words{"a", "b", "ab", "ba", "abc", ""};
const std::vector<std::string> statuses{"passing", "warning", "critical"};

const std::string& pick(random_source& random, const std::vector<std::string>& from) {
  return from[random() % from.size()];
}

CheckServiceNode random_instance(random_source& random) {
  CheckServiceNode out;
  out.mutable_node()->set_node(pick(random, words));
  for (const auto* key : {"k1", "k2"}) {
    if (random() % 2 == 0)
      (*out.mutable_node()->mutable_meta())[key] = pick(random, words);
  }
  auto& service = *out.mutable_service();
  service.set_port(static_cast<int>(random() % 3));
  service.set_enable_tag_override(random() % 2 == 0);
  for (auto count = random() % 3; count > 0; --count)
    service.add_tags(pick(random, words));
  if (random() % 2 == 0)
    (*service.mutable_tagged_addresses())["lan"].set_address(pick(random, words));
  for (auto count = random() % 3; count > 0; --count) {
    auto& check = *out.add_checks();
    check.set_status(pick(random, statuses));
    for (auto tags = random() % 3; tags > 0; --tags)
      check.add_service_tags(pick(random, words));
  }
  return out;
}

// -- the simple evaluator ------------------------------------------------------

// What a selector leads to: a text (numbers and bools too), or a list, or nothing.
struct found {
  std::optional<std::string> text;
  std::optional<std::vector<std::string>> list;
};

template <class List>
found list_of(const List& list) {
  return {.text = {}, .list = std::vector<std::string>(list.begin(), list.end())};
}

found text_of(std::string text) {
  return {.text = std::move(text), .list = {}};
}

struct selector_row {
  std::string text;
  enum class form { text, scalar, list } is;
  std::vector<std::string> values;
  std::function<std::vector<found>(const CheckServiceNode&)> all;
};

std::vector<found> meta_value(const CheckServiceNode& from, const std::string& key) {
  const auto& meta = from.node().meta();
  const auto entry = meta.find(key);
  return {entry == meta.end() ? found{} : text_of(entry->second)};
}

std::vector<found> lan_address(const CheckServiceNode& from) {
  const auto& addresses = from.service().tagged_addresses();
  const auto entry = addresses.find("lan");
  return {entry == addresses.end() ? found{} : text_of(entry->second.address())};
}

std::vector<selector_row> selectors() {
  using form = selector_row::form;
  return {
      {"Node.Node", form::text, words,
       [](const auto& m) { return std::vector{text_of(m.node().node())}; }},
      {"Node.Meta.k1", form::text, words, [](const auto& m) { return meta_value(m, "k1"); }},
      {"Node.Meta[\"k2\"]", form::text, words, [](const auto& m) { return meta_value(m, "k2"); }},
      {"Service.TaggedAddresses.lan.Address", form::text, words, lan_address},
      {"Checks.Status", form::text, statuses,
       [](const auto& m) {
         std::vector<found> out;
         for (const auto& check : m.checks())
           out.push_back(text_of(check.status()));
         return out;
       }},
      {"Service.Port",
       form::scalar,
       {"0", "1", "2"},
       [](const auto& m) { return std::vector{text_of(std::to_string(m.service().port()))}; }},
      {"Service.EnableTagOverride",
       form::scalar,
       {"true", "false"},
       [](const auto& m) {
         return std::vector{text_of(m.service().enable_tag_override() ? "true" : "false")};
       }},
      {"Service.Tags", form::list, words,
       [](const auto& m) { return std::vector{list_of(m.service().tags())}; }},
      {"Checks.ServiceTags", form::list, words,
       [](const auto& m) {
         std::vector<found> out;
         for (const auto& check : m.checks())
           out.push_back(list_of(check.service_tags()));
         return out;
       }},
      {"Node.Meta",
       form::list,
       {"k1", "k2", "k3"},
       [](const auto& m) {
         std::vector<std::string> keys;
         for (const auto& [key, value] : m.node().meta())
           keys.push_back(key);
         return std::vector{list_of(keys)};
       }},
  };
}

enum class asked { equal, contains, empty, begins };

bool holds(const found& what, asked question, bool negated, const std::string& value) {
  if (!what.text && !what.list)
    return negated || question == asked::begins;
  bool yes = false;
  switch (question) {
    case asked::equal:
      yes = *what.text == value;
      break;
    case asked::contains:
      yes = what.text ? what.text->find(value) != std::string::npos
                      : std::count(what.list->begin(), what.list->end(), value) > 0;
      break;
    case asked::empty:
      yes = what.list->empty();
      break;
    case asked::begins:
      yes = what.text->starts_with(value);
      break;
  }
  return yes != negated;
}

// -- random filters ---------------------------------------------------------------

struct random_filter {
  std::string text;
  std::function<bool(const CheckServiceNode&)> holds;
};

std::string quoted(random_source& random, const std::string& value) {
  const bool bare = !value.empty() && random() % 2 == 0 && !(value[0] >= '0' && value[0] <= '9');
  return bare ? value : random() % 2 == 0 ? "\"" + value + "\"" : "`" + value + "`";
}

asked random_question(random_source& random, selector_row::form form) {
  using kind = selector_row::form;
  if (form == kind::scalar)
    return asked::equal;
  if (form == kind::list)
    return random() % 2 == 0 ? asked::contains : asked::empty;
  return std::vector{asked::equal, asked::contains, asked::begins}[random() % 3];
}

random_filter random_match(random_source& random, const std::vector<selector_row>& rows) {
  const auto& row = rows[random() % rows.size()];
  const auto question = random_question(random, row.is);
  const bool negated = random() % 2 == 0;
  const auto value = pick(random, row.values);
  const auto literal = quoted(random, value);
  const std::string no = negated ? "not " : "";
  std::string text;
  switch (question) {
    case asked::equal:
      text = row.text + (negated ? " != " : "==") + literal;
      break;
    case asked::contains:
      text = random() % 2 == 0 ? literal + " " + no + "in " + row.text
                               : row.text + " " + no + "contains " + literal;
      break;
    case asked::empty:
      text = row.text + " is " + no + "empty";
      break;
    case asked::begins:
      text = row.text + "\t" + no + "matches `^" + value + "`";
      break;
  }
  return {text, [=](const CheckServiceNode& message) {
            const auto all = row.all(message);
            return std::any_of(all.begin(), all.end(), [&](const found& each) {
              return holds(each, question, negated, value);
            });
          }};
}

// Every part is in parentheses, but for the outermost.
random_filter random_tree(random_source& random, const std::vector<selector_row>& rows, int depth) {
  const auto choice = depth == 0 ? 0 : random() % 4;
  if (choice == 0)
    return random_match(random, rows);
  const auto left = random_tree(random, rows, depth - 1);
  if (choice == 1)
    return {"not (" + left.text + ")",
            [left](const CheckServiceNode& m) { return !left.holds(m); }};
  const auto right = random_tree(random, rows, depth - 1);
  const bool both = choice == 2;
  return {"( " + left.text + (both ? ")\nand (" : ") or (") + right.text + ")",
          [=](const CheckServiceNode& m) {
            return both ? left.holds(m) && right.holds(m) : left.holds(m) || right.holds(m);
          }};
}

TEST(random_filters, mean_what_the_simple_evaluator_says) {
  random_source random(1789);
  const auto rows = selectors();
  int matched = 0;
  int asked_for = 0;
  for (int round = 0; round < 4000; ++round) {
    const auto filter = random_tree(random, rows, static_cast<int>(random() % 5));
    const auto compiled = expression::compile(filter.text, *CheckServiceNode::descriptor());
    ASSERT_TRUE(compiled.has_value()) << filter.text << "\n" << compiled.error().detail;
    for (int i = 0; i < 10; ++i, ++asked_for) {
      const auto message = random_instance(random);
      const bool expected = filter.holds(message);
      matched += expected ? 1 : 0;
      ASSERT_EQ(compiled->matches(message), expected) << filter.text << "\n"
                                                      << message.ShortDebugString();
    }
  }
  // The cases are worth something only if both answers are common.
  EXPECT_GT(matched, asked_for / 5);
  EXPECT_LT(matched, asked_for * 4 / 5);
}

// `a and b or c and d ...` without parentheses, against the rule that "and" binds tighter.
TEST(random_filters, bind_and_before_or) {
  random_source random(1848);
  const auto rows = selectors();
  for (int round = 0; round < 1000; ++round) {
    const auto message = random_instance(random);
    std::string text;
    bool any = false;
    bool all = true;
    const auto count = 1 + random() % 8;
    for (std::size_t i = 0; i < count; ++i) {
      const auto part = random_match(random, rows);
      const bool join_with_or = i != 0 && random() % 2 == 0;
      if (join_with_or) {
        any = any || all;
        all = true;
      }
      all = all && part.holds(message);
      text += (i == 0 ? "" : join_with_or ? " or " : " and ") + part.text;
    }
    const auto compiled = expression::compile(text, *CheckServiceNode::descriptor());
    ASSERT_TRUE(compiled.has_value()) << text << "\n" << compiled.error().detail;
    ASSERT_EQ(compiled->matches(message), any || all) << text;
  }
}

// Whatever the text: a filter that can be asked, or an error with a place inside the text.
TEST(random_filters, survive_any_text) {
  random_source random(1917);
  const std::vector<std::string> pieces{"Node.Node",
                                        "Service.Tags",
                                        "Checks",
                                        "Node.Meta",
                                        "[",
                                        "]",
                                        "\"",
                                        "`",
                                        "(",
                                        ")",
                                        " ",
                                        "not",
                                        "and",
                                        "or",
                                        "in",
                                        "is",
                                        "empty",
                                        "contains",
                                        "matches",
                                        "==",
                                        "!=",
                                        ".",
                                        "-",
                                        "0",
                                        "12",
                                        "1.5",
                                        "\\",
                                        "\n",
                                        "\xff",
                                        "\xc3\xa9",
                                        "x",
                                        "Service.Port",
                                        "Node.Node==x",
                                        "\"a\" in Service.Tags"};
  const auto message = random_instance(random);
  int good = 0;
  for (int round = 0; round < 60'000; ++round) {
    std::string text;
    for (auto count = 1 + random() % 12; count > 0; --count)
      text += pick(random, pieces) + (random() % 2 == 0 ? " " : "");
    const auto compiled = expression::compile(text, *CheckServiceNode::descriptor());
    if (compiled) {
      compiled->matches(message);
      ++good;
      continue;
    }
    const auto& detail = compiled.error().detail;
    ASSERT_TRUE(detail.starts_with("Failed to create boolean expression evaluator: ")) << detail;
    const auto open = detail.find(" (");
    if (detail.find("no match found") != std::string::npos) {
      ASSERT_LE(std::stoul(detail.substr(open + 2)), text.size()) << text << "\n" << detail;
    }
  }
  EXPECT_GT(good, 100);
}

// Time must not grow out of proportion with what an attacker may send.
TEST(random_filters, read_the_longest_text_in_one_pass) {
  for (const std::string piece : {"(", "not ", "a.", "a[\"b\"]", "a==b or ", "\"", "1 in a and "}) {
    std::string text;
    while (text.size() + piece.size() <= limits::filter_bytes_max)
      text += piece;
    EXPECT_FALSE(expression::compile(text, *CheckServiceNode::descriptor()).has_value());
  }
}

}  // namespace
}  // namespace troupe::messages::filter
