// What the codec knows of a message type: for each field its name ready to write, its kind and what
// json_options.proto says of it. Made once a type, kept for good, read without a lock. Never looks
// at a message's contents.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "messages/json_options.pb.h"

namespace troupe::messages::json {

enum class kind : std::uint8_t {
  boolean,
  int32,
  int64,
  uint32,
  uint64,
  float32,
  float64,
  text,
  bytes,
  enumeration,
  message,
  texts,       // HeaderValues, ServiceTags: a message that is written as the list inside it
  any_object,  // google.protobuf.Struct
};

struct message_plan;

struct field_plan {
  const google::protobuf::FieldDescriptor* field = nullptr;
  kind value_kind = kind::text;  // of an element, where there are several
  WhenEmpty when_empty = WRITTEN;
  Notation notation = PLAIN;
  bool repeated = false;  // not for maps
  bool secret = false;
  bool in_oneof = false;
  bool has_presence = false;
  // The field's type leads back to the message that has the field: unset, it has no end to be
  // written to, and is null.
  bool recursive = false;
  std::string key;              // `,"Name":`
  std::string go_element_type;  // "string"
  std::string go_type;          // "[]string"
  // Of a message that is not recursive.
  const message_plan* child = nullptr;
  // Of a map: how its values are written. They are fields of the map's entries.
  std::unique_ptr<field_plan> map_value;
};

struct message_plan {
  const google::protobuf::Descriptor* descriptor = nullptr;
  kind message_kind = kind::message;  // or texts, any_object
  // Names in Go's error texts.
  std::string go_struct;       // empty: nameless
  std::string go_type;         // "structs.Weights"
  std::string go_path_prefix;  // goes before the field's name: "Alias"
  std::vector<field_plan> fields;
  // The message with nothing set, compact.
  std::string empty_json;

  // By a name in lower case; null: there is none.
  const field_plan* find(std::string_view folded_name) const;

  std::vector<std::pair<std::string, const field_plan*>> names;  // sorted
};

const message_plan& plan_of(const google::protobuf::Descriptor& type);

// The plan of a field of kind message.
inline const message_plan& child_plan(const field_plan& field) {
  return field.child != nullptr ? *field.child : plan_of(*field.field->message_type());
}

// The only field of a message of kind texts.
inline const google::protobuf::FieldDescriptor* texts_field(
    const google::protobuf::Descriptor& type) {
  return type.field(0);
}

}  // namespace troupe::messages::json
