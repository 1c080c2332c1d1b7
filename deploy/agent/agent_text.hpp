// One piece of configuration text.
#pragma once

#include <string>

#include "messages/config.pb.h"
#include "messages/result.hpp"

namespace troupe::agent {

// `name` stands in the error: "failed to parse NAME: why".
messages::result<messages::Config> parse_config_text(const std::string& name,
                                                     const std::string& text, bool json);

}  // namespace troupe::agent
