// Fills a message from what a configuration file says: a key is a field's name, whatever its case
// and underscores (service_id, ServiceID), or one of its `also` names.
//
// Strict: an unknown key is an error. Nothing is converted from one kind into another but numbers.
#pragma once

#include "messages/hcl/value.hpp"
#include "messages/result.hpp"

namespace google::protobuf {
class Message;
}

namespace troupe::messages::hcl {

// `from` is an object; null and what is absent leave a field alone. Fails with errc::bad_request
// and everything that is wrong, in the texts of Consul 1.22.7: "decoding failed due to the
// following error(s):\n\n'ports.http' expected type ..." or "1 error occurred:\n\t* invalid config
// key zonk".
result<void> fill(const value& from, google::protobuf::Message& into);

}  // namespace troupe::messages::hcl
