// Writes JSON the way Go's encoder does: <, >, & and U+2028/9 escaped, compact, or pretty with four
// blanks and "key": value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace google::protobuf {
class Message;
}

namespace troupe::messages {

class json_writer {
 public:
  explicit json_writer(std::string& out, bool pretty = false) : out_(&out), pretty_(pretty) {}

  json_writer& begin_object();
  json_writer& end_object();
  json_writer& begin_array();
  json_writer& end_array();
  // The name of the next value, inside an object.
  json_writer& key(std::string_view name);

  json_writer& text(std::string_view value);
  json_writer& number(std::int64_t value);
  json_writer& number(std::uint64_t value);
  json_writer& number(double value);
  json_writer& boolean(bool value);
  json_writer& null();
  json_writer& base64(std::string_view bytes);
  // Empty lists inside messages are null from now on, as where Consul answers what is stored as is.
  json_writer& null_lists() {
    null_lists_ = true;
    return *this;
  }
  // A whole message by the rules of json_codec.hpp.
  json_writer& message(const google::protobuf::Message& value);

 private:
  void before_value();
  void new_line();

  std::string* out_;
  bool pretty_;
  bool null_lists_ = false;
  int depth_ = 0;
  bool first_ = true;  // nothing stands yet in the innermost array or object
  bool after_key_ = false;
};

}  // namespace troupe::messages
