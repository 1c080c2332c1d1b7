// Fills a message from a JSON value that json_scanner.hpp has accepted, as Go's decoder fills a
// struct. Never checks syntax.
#pragma once

#include <string_view>

#include <google/protobuf/message.h>

#include "messages/json_codec.hpp"
#include "messages/json_plan.hpp"
#include "messages/result.hpp"

namespace troupe::messages::json {

// Reads on after a value of the wrong kind or an unknown name, and fails with the first of them;
// `into` then holds what else there was.
result<void> read_message(std::string_view value, google::protobuf::Message& into,
                          const message_plan& plan, json_read_options options);

}  // namespace troupe::messages::json
