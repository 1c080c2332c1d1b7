#include "messages/json_codec.hpp"

#include <google/protobuf/message.h>

#include "messages/json_encoder.hpp"
#include "messages/json_plan.hpp"
#include "messages/json_reader.hpp"
#include "messages/json_scanner.hpp"

namespace troupe::messages {

std::string to_json(const google::protobuf::Message& message, bool pretty) {
  std::string out;
  append_json(out, message, pretty);
  return out;
}

void append_json(std::string& out, const google::protobuf::Message& message, bool pretty) {
  json::append_message(out, message, json::plan_of(*message.GetDescriptor()), {pretty, 0});
}

result<void> from_json(std::string_view text, google::protobuf::Message& into,
                       json_read_options options) {
  const auto value = json::scan_value(text);
  if (!value)
    return value.error();
  return json::read_message(*value, into, json::plan_of(*into.GetDescriptor()), options);
}

}  // namespace troupe::messages
