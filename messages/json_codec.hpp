// Any Protobuf message to Consul's JSON and back, by its descriptor alone. A field's name is its
// json_name; json_options.proto says what differs from these rules:
//   - fields are written in the order of their declaration, empty ones too;
//   - bytes are base64; an empty list is [], an empty map {}; maps are written sorted by key;
//   - google.protobuf.Struct is any JSON object; HeaderValues is a plain array of texts;
//   - a map value of type ServiceTags is a plain array of texts.
// The plan of a descriptor is made once and kept.
#pragma once

#include <string>
#include <string_view>

#include "messages/result.hpp"

namespace google::protobuf {
class Message;
}

namespace troupe::messages {

std::string to_json(const google::protobuf::Message& message, bool pretty = false);
void append_json(std::string& out, const google::protobuf::Message& message, bool pretty = false);

struct json_read_options {
  bool snake_case = false;      // also read service_id for ServiceID
  bool ignore_unknown = false;  // else an unknown field is an error
};

// Fills `into` as Go's decoder would: names match without case, null leaves a field as it was.
// Fails with errc::bad_request and Go's text: "EOF" for an empty body, "unexpected EOF",
// "invalid character 'b' looking for beginning of object key string",
// `json: unknown field "Zed"`,
// "json: cannot unmarshal string into Go struct field NodeService.Service.Port of type int".
// The depth is bounded by limits::json_depth_max.
result<void> from_json(std::string_view text, google::protobuf::Message& into,
                       json_read_options options = {});

}  // namespace troupe::messages
