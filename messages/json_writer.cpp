#include "messages/json_writer.hpp"

#include <google/protobuf/message.h>

#include "messages/base64.hpp"
#include "messages/ensure.hpp"
#include "messages/json_encoder.hpp"
#include "messages/json_plan.hpp"
#include "messages/json_text.hpp"

namespace troupe::messages {

json_writer& json_writer::begin_object() {
  before_value();
  *out_ += '{';
  ++depth_;
  first_ = true;
  return *this;
}

json_writer& json_writer::end_object() {
  ensure(depth_ > 0 && !after_key_);
  --depth_;
  if (!first_)
    new_line();
  *out_ += '}';
  first_ = false;
  return *this;
}

json_writer& json_writer::begin_array() {
  before_value();
  *out_ += '[';
  ++depth_;
  first_ = true;
  return *this;
}

json_writer& json_writer::end_array() {
  ensure(depth_ > 0 && !after_key_);
  --depth_;
  if (!first_)
    new_line();
  *out_ += ']';
  first_ = false;
  return *this;
}

json_writer& json_writer::key(std::string_view name) {
  ensure(depth_ > 0 && !after_key_);
  before_value();
  append_json_text(*out_, name);
  *out_ += pretty_ ? ": " : ":";
  after_key_ = true;
  return *this;
}

json_writer& json_writer::text(std::string_view value) {
  before_value();
  append_json_text(*out_, value);
  return *this;
}

json_writer& json_writer::number(std::int64_t value) {
  before_value();
  append_json_number(*out_, value);
  return *this;
}

json_writer& json_writer::number(std::uint64_t value) {
  before_value();
  append_json_number(*out_, value);
  return *this;
}

json_writer& json_writer::number(double value) {
  before_value();
  append_json_number(*out_, value);
  return *this;
}

json_writer& json_writer::boolean(bool value) {
  before_value();
  *out_ += value ? "true" : "false";
  return *this;
}

json_writer& json_writer::null() {
  before_value();
  *out_ += "null";
  return *this;
}

json_writer& json_writer::base64(std::string_view bytes) {
  before_value();
  *out_ += '"';
  append_base64(*out_, bytes);
  *out_ += '"';
  return *this;
}

json_writer& json_writer::message(const google::protobuf::Message& value) {
  before_value();
  json::append_message(*out_, value, json::plan_of(*value.GetDescriptor()),
                       {pretty_, depth_, null_lists_});
  return *this;
}

void json_writer::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (!first_)
    *out_ += ',';
  if (depth_ > 0)
    new_line();
  first_ = false;
}

void json_writer::new_line() {
  if (pretty_)
    append_json_new_line(*out_, depth_);
}

}  // namespace troupe::messages
