// When two requests may share an entry of the request cache: they ask for the same thing with the
// same token, whatever they say of how new the answer must be and how long they wait. Pure.
#pragma once

#include <string>

#include "messages/common.pb.h"

namespace google::protobuf {
class Message;
}

namespace troupe::actors::cache {

// Leaves out of the options what a cached answer does not depend on. No datacenter is this one.
void keep_what_is_asked(messages::ReadOptions& options, const std::string& own_datacenter);

// The request as bytes, the same for equal requests, and different for different kinds.
std::string request_key(const google::protobuf::Message& asked);

}  // namespace troupe::actors::cache
