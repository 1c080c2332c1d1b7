#include "messages/json_writer.hpp"

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "messages/catalog.pb.h"

namespace troupe::messages {
namespace {

void write_sample(json_writer& json) {
  Weights weights;
  weights.set_passing(1);
  json.begin_object();
  json.key("Name").text("a<b");
  json.key("List").begin_array().number(std::int64_t{-1}).number(std::uint64_t{2}).null();
  json.begin_array().end_array().begin_object().end_object().end_array();
  json.key("Weights").message(weights);
  json.key("Value").base64("hi");
  json.key("Up").boolean(true).key("Rate").number(0.5);
  json.end_object();
}

TEST(json_writer, writes_compact) {
  std::string out;
  json_writer json{out};
  write_sample(json);
  EXPECT_EQ(out,
            R"({"Name":"a\u003cb","List":[-1,2,null,[],{}],"Weights":{"Passing":1,"Warning":0},)"
            R"("Value":"aGk=","Up":true,"Rate":0.5})");
}

TEST(json_writer, writes_pretty_with_four_blanks_and_no_new_line_at_the_end) {
  std::string out;
  json_writer json{out, true};
  write_sample(json);
  EXPECT_EQ(out, R"({
    "Name": "a\u003cb",
    "List": [
        -1,
        2,
        null,
        [],
        {}
    ],
    "Weights": {
        "Passing": 1,
        "Warning": 0
    },
    "Value": "aGk=",
    "Up": true,
    "Rate": 0.5
})");
}

std::string text(std::string_view value) {
  std::string out;
  json_writer{out}.text(value);
  return out;
}

std::string number(double value) {
  std::string out;
  json_writer{out}.number(value);
  return out;
}

TEST(json_writer, escapes_texts_as_go_does) {
  EXPECT_EQ(text("a\"b\\c/"), R"("a\"b\\c/")");
  EXPECT_EQ(text("<&>"), R"("\u003c\u0026\u003e")");
  EXPECT_EQ(text("\b\f\n\r\t\x01\x1f\x7f"), "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
  EXPECT_EQ(text("\u2028\u2029\u2027\u00e9"), "\"\\u2028\\u2029\u2027\u00e9\"");
  EXPECT_EQ(text("\xff\xe2\x80"), R"("\ufffd\ufffd\ufffd")");
  EXPECT_EQ(text("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")");
  EXPECT_EQ(text("\ufffd"), "\"\ufffd\"");
  EXPECT_EQ(text(std::string_view("\0", 1)), R"("\u0000")");
}

TEST(json_writer, writes_numbers_as_go_does) {
  EXPECT_EQ(number(0), "0");
  EXPECT_EQ(number(-0.0), "-0");
  EXPECT_EQ(number(1), "1");
  EXPECT_EQ(number(-1.5), "-1.5");
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(100), "100");
  EXPECT_EQ(number(1e20), "100000000000000000000");
  EXPECT_EQ(number(123456789012345678901.0), "123456789012345680000");
  EXPECT_EQ(number(1e21), "1e+21");
  EXPECT_EQ(number(1e-6), "0.000001");
  EXPECT_EQ(number(1.5e-7), "1.5e-7");
  EXPECT_EQ(number(1e-10), "1e-10");
  EXPECT_EQ(number(5e-324), "5e-324");
  EXPECT_EQ(number(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
  EXPECT_EQ(number(std::nan("")), "null");
  EXPECT_EQ(number(-INFINITY), "null");
}

}  // namespace
}  // namespace troupe::messages
