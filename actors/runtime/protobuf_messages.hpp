// Every generated Protobuf type is a CAF message: one pair of inspect() for all of them. Within a
// node nothing is serialised; between nodes a message travels as its Protobuf bytes.
#pragma once

#include <concepts>
#include <string>

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/detail/stringification_inspector.hpp>
#include <caf/sec.hpp>
#include <google/protobuf/message.h>

#include "messages/limits.hpp"

namespace troupe::messages {

template <class T>
concept generated_message = std::derived_from<T, google::protobuf::Message>;

template <generated_message T>
caf::error inspect(caf::serializer& sink, T& message) {
  std::string bytes;
  if (!message.SerializeToString(&bytes))
    return caf::sec::invalid_argument;
  return sink(bytes);
}

template <generated_message T>
caf::error inspect(caf::deserializer& source, T& message) {
  std::string bytes;
  if (auto why = source(bytes))
    return why;
  return message.ParseFromString(bytes) ? caf::error{}
                                        : caf::make_error(caf::sec::invalid_argument);
}

// For CAF's own log lines: names the type, shows nothing of what is inside.
template <generated_message T>
void inspect(caf::detail::stringification_inspector& out, T& message) {
  out(message.GetTypeName());
}

}  // namespace troupe::messages
