// Binds a filter's syntax to a message type.
#pragma once

#include "messages/filter/node.hpp"
#include "messages/result.hpp"

namespace google::protobuf {
class Descriptor;
}

namespace troupe::messages::filter {

// Fails with errc::failed and Consul's text for the first match that does not fit:
// `Selector "Foo" is not valid`, `Invalid match operator "Equal" for selector "Meta"`.
result<node> bind(const syntax& tree, const google::protobuf::Descriptor& root);

}  // namespace troupe::messages::filter
