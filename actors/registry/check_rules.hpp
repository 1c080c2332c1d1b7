// What the registry has to know of checks and must not decide itself: which definitions may be run
// and how long an output may be. The node passes in the rules of actors/health, so that this folder
// includes nothing of that one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "messages/agent.pb.h"
#include "messages/result.hpp"

namespace troupe::actors {

enum class definition_origin : std::uint8_t { api, configuration };

// A check that may be run.
struct permitted_check {
  std::string type;                      // as the API shows it: "http", "ttl", ...
  messages::CheckDefinition definition;  // nothing left open
};

struct check_rules {
  // Is it a check at all? Fails with errc::bad_request.
  std::function<messages::result<void>(const messages::CheckDefinition&)> validate;
  // The above, then what this agent may run: errc::failed otherwise.
  std::function<messages::result<permitted_check>(const messages::CheckDefinition&,
                                                  definition_origin)>
      permit;
  // An output that a client reported, valid UTF-8 and not above so many bytes.
  std::function<std::string(std::string, std::size_t)> cut_output;
};

}  // namespace troupe::actors
