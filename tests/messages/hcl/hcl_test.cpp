#include "messages/hcl/hcl.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "messages/config.pb.h"
#include "messages/hcl/fill.hpp"
#include "messages/limits.hpp"

namespace troupe::messages::hcl {
namespace {

// Compact and unambiguous: [] a list, * a list of blocks.
std::string shown(const value& what) {
  std::string out;
  switch (what.is) {
    case kind::null:
      return "null";
    case kind::boolean:
      return what.boolean ? "true" : "false";
    case kind::integer:
      return std::to_string(what.integer);
    case kind::number:
      return "~" + std::to_string(what.number);
    case kind::text:
      return "'" + what.text + "'";
    case kind::list:
      for (const auto& item : what.items)
        out += (out.empty() ? "" : " ") + shown(item);
      return (what.blocks ? "*[" : "[") + out + "]";
    case kind::object:
      for (const auto& [name, each] : what.members)
        out += (out.empty() ? "" : " ") + name + ":" + shown(each);
      return "{" + out + "}";
  }
  return out;
}

std::string read(std::string_view text) {
  const auto parsed = parse_hcl(text);
  return parsed ? shown(*parsed) : parsed.error().detail;
}

std::string read_json(std::string_view text) {
  const auto parsed = parse_json(text);
  return parsed ? shown(*parsed) : parsed.error().detail;
}

std::string error_of(std::string_view text) {
  const auto parsed = parse_hcl(text);
  if (!parsed)
    return parsed.error().detail;
  Config config;
  const auto filled = fill(*parsed, config);
  return filled ? "no error" : filled.error().detail;
}

TEST(hcl, reads_assignments_of_every_kind) {
  EXPECT_EQ(read("a = 1\nb = -2\nc = 0x1F\nd = 010\ne = 1.5\nf = 2e3\ng = true\nh = \"x\""),
            "{a:1 b:-2 c:31 d:8 e:~1.500000 f:~2000.000000 g:true h:'x'}");
  EXPECT_EQ(read("\"quoted key\" = false"), "{quoted key:false}");
  EXPECT_EQ(read(""), "{}");
  EXPECT_EQ(read("a = 1,\nb = 2 c = 3"), "{a:1 b:2 c:3}");
  EXPECT_EQ(read("\xef\xbb\xbf a = 1"), "{a:1}");
}

TEST(hcl, gathers_blocks_in_lists) {
  EXPECT_EQ(read("a { b = 1 }"), "{a:*[{b:1}]}");
  EXPECT_EQ(read("a { b = 1 }\na { b = 2 }"), "{a:*[{b:1} {b:2}]}");
  EXPECT_EQ(read("a = { b = 1, c = 2 }"), "{a:*[{b:1 c:2}]}");
  EXPECT_EQ(read("a \"x\" \"y\" { b = 1 }"), "{a:*[{x:*[{y:*[{b:1}]}]}]}");
}

TEST(hcl, reads_lists_with_and_without_a_last_comma) {
  EXPECT_EQ(read("a = [1, \"x\", true,]"), "{a:[1 'x' true]}");
  EXPECT_EQ(read("a = [\n  { b = 1 },\n  { b = 2 }\n]"), "{a:[{b:1} {b:2}]}");
  EXPECT_EQ(read("a = [[1], []]"), "{a:[[1] []]}");
}

TEST(hcl, skips_comments) {
  EXPECT_EQ(read("# one\na = 1 // two\n/* three\n b = 2 */ c = 3"), "{a:1 c:3}");
}

TEST(hcl, reads_escapes_and_leaves_interpolations_alone) {
  EXPECT_EQ(read(R"(a = "x\"\\\n\t\u00e9")"), "{a:'x\"\\\n\t\xc3\xa9'}");
  EXPECT_EQ(read(R"(a = "b ${c("d")} e")"), "{a:'b ${c(\"d\")} e'}");
}

TEST(hcl, reads_heredocs) {
  EXPECT_EQ(read("a = <<EOF\nx\n  y\nEOF\nb = 1"), "{a:'x\n  y\n' b:1}");
  EXPECT_EQ(read("a = <<-EOF\n    x\n      y\n    EOF\n"), "{a:'x\n  y\n'}");
}

TEST(hcl, says_where_the_text_is_wrong) {
  EXPECT_EQ(read("a = 1\nb = \"x"), "At 2:5: literal not terminated");
  EXPECT_EQ(read("a = "), "At 1:5: expected a value got: EOF");
  EXPECT_EQ(read("a {\n  b = 1\n"), "At 3:1: object expected closing RBRACE got: EOF");
  EXPECT_EQ(read("a = [1 2]"),
            "At 1:8: error parsing list, expected comma or list end, got: NUMBER");
  EXPECT_EQ(read("a = b"), "At 1:5: Unknown token: b");
  EXPECT_EQ(read("a = <<EOF\nx"), "At 1:5: heredoc not terminated");
  EXPECT_EQ(read("a ! b"), "At 1:3: illegal char");
  EXPECT_EQ(read("/* x"), "At 1:1: comment not terminated");
  EXPECT_EQ(read("= 1"), "At 1:1: expected: IDENT | STRING | ASSIGN | LBRACE got: ASSIGN");
}

TEST(hcl, refuses_what_is_too_deep) {
  const std::string deep(limits::json_depth_max + 10, '[');
  EXPECT_NE(read("a = " + deep).find("nested too deeply"), std::string::npos);
  std::string blocks;
  for (std::size_t i = 0; i < limits::json_depth_max + 10; ++i)
    blocks += "a { ";
  EXPECT_NE(read(blocks).find("nested too deeply"), std::string::npos);
  EXPECT_EQ(read_json("{\"a\":" + deep), "exceeded max depth");
}

TEST(json, reads_what_go_reads) {
  EXPECT_EQ(read_json(R"({"a": 1, "b": [true, null, "x\u00e9\ud83d\ude00"], "c": {"d": -1.5e2}})"),
            "{a:~1.000000 b:[true null 'x\xc3\xa9\xf0\x9f\x98\x80'] c:{d:~-150.000000}}");
  EXPECT_EQ(read_json(""), "{}");
  EXPECT_EQ(read_json("null"), "{}");
  EXPECT_EQ(read_json(R"({"a":1,"a":2})"), "{a:~2.000000}");
}

TEST(json, words_errors_as_go_does) {
  EXPECT_EQ(read_json("{"), "unexpected end of JSON input");
  EXPECT_EQ(read_json("{\"a\": 1"), "unexpected end of JSON input");
  EXPECT_EQ(read_json("  "), "unexpected end of JSON input");
  EXPECT_EQ(read_json("{a: 1}"),
            "invalid character 'a' looking for beginning of object key string");
  EXPECT_EQ(read_json("{\"a\" 1}"), "invalid character '1' after object key");
  EXPECT_EQ(read_json("{\"a\": x}"), "invalid character 'x' looking for beginning of value");
  EXPECT_EQ(read_json("{\"a\": trux}"), "invalid character 'x' in literal true (expecting 'e')");
  EXPECT_EQ(read_json("{} x"), "invalid character 'x' after top-level value");
  EXPECT_EQ(read_json("[1 2]"), "invalid character '2' after array element");
  EXPECT_EQ(read_json("[]"),
            "json: cannot unmarshal array into Go value of type map[string]interface {}");
}

TEST(fill, fills_fields_lists_maps_and_blocks) {
  const auto parsed = parse_hcl(R"(
    node_name = "n1"
    retry_join = ["a", "b"]
    node_meta { rack = "r1" }
    ports { http = 85 }
    check_update_interval = "1m30s"
    service {
      name = "web"
      ID = "web1"
      enableTagOverride = true
      tagged_addresses { lan { address = "10.0.0.1", port = 80 } }
      check { script_args = ["true"], interval = "10s", header { a = ["b"] } }
    }
    connect { ca_config { cluster_id = "x" nested { y = 1 } } }
  )");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().detail;
  Config config;
  const auto filled = fill(*parsed, config);
  ASSERT_TRUE(filled.has_value()) << filled.error().detail;
  EXPECT_EQ(config.node_name(), "n1");
  ASSERT_EQ(config.retry_join_size(), 2);
  EXPECT_EQ(config.node_meta().at("rack"), "r1");
  EXPECT_EQ(config.ports().http(), 85);
  EXPECT_FALSE(config.ports().has_dns());
  EXPECT_EQ(config.check_update_interval(), 90'000'000'000);
  EXPECT_EQ(config.service().id(), "web1");
  EXPECT_TRUE(config.service().enable_tag_override());
  EXPECT_EQ(config.service().tagged_addresses().at("lan").port(), 80);
  EXPECT_EQ(config.service().check().args(0), "true");
  EXPECT_EQ(config.service().check().interval(), 10'000'000'000);
  EXPECT_EQ(config.service().check().header().at("a").values(0), "b");
  const auto& ca = config.connect().ca_config().fields();
  EXPECT_EQ(ca.at("cluster_id").string_value(), "x");
  EXPECT_EQ(ca.at("nested").struct_value().fields().at("y").number_value(), 1);
}

TEST(fill, words_errors_as_consul_does) {
  EXPECT_EQ(error_of("zonk = 1"), "1 error occurred:\n\t* invalid config key zonk");
  EXPECT_EQ(error_of("zonk = 1\nports { zap = 1 }"),
            "2 errors occurred:\n\t* invalid config key zonk\n\t* invalid config key ports.zap");
  EXPECT_EQ(error_of("service { name = \"a\" }\nservice { name = \"b\" }"),
            "decoding failed due to the following error(s):\n\n'service' expected a map or "
            "struct, got \"slice\"");
  EXPECT_EQ(error_of("ports { http = \"x\" }"),
            "decoding failed due to the following error(s):\n\n'ports.http' expected type 'int', "
            "got unconvertible type 'string'");
  EXPECT_EQ(error_of("retry_join = \"x\""),
            "decoding failed due to the following error(s):\n\n'retry_join' source data must be "
            "an array or slice, got string");
  EXPECT_EQ(error_of("retry_join = [1]"),
            "decoding failed due to the following error(s):\n\n'retry_join[0]' expected type "
            "'string', got unconvertible type 'int'");
  EXPECT_EQ(error_of("check_update_interval = \"zz\""),
            "1 error occurred:\n\t* check_update_interval: invalid duration: \"zz\": time: "
            "invalid duration \"zz\"");
  EXPECT_EQ(error_of("ports { http = 5000000000 }"),
            "decoding failed due to the following error(s):\n\n'ports.http' number is out of "
            "range");
}

// Whatever is cut out of, or put into, good text: an answer, never a crash.
TEST(hcl, survives_damaged_text) {
  const std::string good =
      "a = \"x${y}\\n\" # c\nb \"l\" { c = [1, 2.5, { d = <<-E\n  x\n  E\n }] }\n/* z */ e = -0x1";
  std::mt19937 random(4711);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = good;
    for (int change = 0; change < 3; ++change) {
      const auto at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text.erase(at, random() % 8);
          break;
        case 1:
          text.insert(at, 1, static_cast<char>(random() % 256));
          break;
        default:
          text.insert(at, good.substr(random() % good.size(), random() % 8));
          break;
      }
    }
    for (const auto& parsed : {parse_hcl(text), parse_json(text)}) {
      if (!parsed)
        EXPECT_FALSE(parsed.error().detail.empty());
      else
        EXPECT_EQ(parsed->is, kind::object);
    }
  }
}

}  // namespace
}  // namespace troupe::messages::hcl
