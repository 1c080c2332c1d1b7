// The flags of "agent" and the configuration keys they stand for.
#pragma once

#include <string>
#include <vector>

#include "messages/config.pb.h"
#include "messages/result.hpp"

namespace troupe::agent {

struct agent_flags {
  bool dev = false;
  std::vector<std::string> config_paths;  // -config-file and -config-dir, in their order
  std::string config_format;
  std::vector<std::string> hcl;  // texts
  messages::Config given;        // all other flags
};

// Fails with errc::bad_request and Go's text, or "flag: help requested".
messages::result<agent_flags> read_agent_flags(const std::vector<std::string>& args);

}  // namespace troupe::agent
