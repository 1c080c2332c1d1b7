#include "messages/filter/map_lookup.hpp"

#include <google/protobuf/message.h>

#ifndef GOOGLE_PROTOBUF_HAS_CEL_MAP_REFLECTION_FRIEND
#error "this Protobuf has another way to look up a map's entry by reflection"
#endif

namespace google::protobuf::expr {

// Protobuf declares this friend for Google's CEL, which is not linked here, and never defines it.
// NOLINTNEXTLINE(readability-identifier-naming)
class CelMapReflectionFriend {
 public:
  static bool find(const Message& message, const FieldDescriptor& field, const MapKey& key,
                   MapValueConstRef& value) {
    return message.GetReflection()->LookupMapValue(message, &field, key, &value);
  }
};

}  // namespace google::protobuf::expr

namespace troupe::messages::filter {

bool find_in_map(const google::protobuf::Message& message,
                 const google::protobuf::FieldDescriptor& field,
                 const google::protobuf::MapKey& key, google::protobuf::MapValueConstRef& value) {
  return google::protobuf::expr::CelMapReflectionFriend::find(message, field, key, value);
}

}  // namespace troupe::messages::filter
