// Which of the keys that were given come to nothing, and which must not: see Effect in
// config.proto.
#pragma once

#include <string>
#include <vector>

#include "messages/config.pb.h"
#include "messages/result.hpp"

namespace troupe::agent {

// One line a key that has no effect in this version. Fails with errc::bad_request for the first key
// that protects something which this version cannot protect.
messages::result<std::vector<std::string>> effects_of(const messages::Config& given);

}  // namespace troupe::agent
