// Texts with expressions in them, as templates of prepared queries have them: ${name.full},
// ${name.prefix}, ${name.suffix}, ${match(N)}, ${agent.segment}, ${"text"}; $${ stands for ${
// itself. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "messages/result.hpp"

namespace troupe::messages::query {

struct interpolation_values {
  std::string full;                  // the name that was asked
  std::string prefix;                // the template's own name
  std::string suffix;                // what follows on it
  std::vector<std::string> matched;  // by the regular expression, 0 the whole; empty: no match
};

// Fails with errc::bad_request if the text cannot be read, with errc::failed if it speaks of what
// there is not; the detail says what.
result<std::string> interpolate(std::string_view text, const interpolation_values& values);

}  // namespace troupe::messages::query
