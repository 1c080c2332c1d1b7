// Finds a map field's entry by reflection. Protobuf 3.21 shows the entries of a map in a message of
// unknown type only as a list, which it builds (and keeps) on the first look: too dear for a filter
// that is asked of thousands of messages. The direct way in is open to named friends only.
#pragma once

#include <google/protobuf/map_field.h>

namespace google::protobuf {
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

namespace troupe::messages::filter {

// True if `key` is in the map; `value` is then valid as long as the message is not changed.
bool find_in_map(const google::protobuf::Message& message,
                 const google::protobuf::FieldDescriptor& field,
                 const google::protobuf::MapKey& key, google::protobuf::MapValueConstRef& value);

}  // namespace troupe::messages::filter
