// Writes a message by its plan. Never decides what a field is called or when it is left out: that
// is json_plan.hpp.
#pragma once

#include <string>

#include <google/protobuf/message.h>

#include "messages/json_plan.hpp"

namespace troupe::messages::json {

struct style {
  bool pretty = false;
  int depth = 0;            // how deep the message stands in what is written
  bool null_lists = false;  // an empty list is null, where its field does not say otherwise
};
inline constexpr style compact{};

void append_message(std::string& out, const google::protobuf::Message& message,
                    const message_plan& plan, style how);

}  // namespace troupe::messages::json
