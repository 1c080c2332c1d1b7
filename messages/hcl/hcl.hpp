// Reads configuration text: HCL version 1 and JSON.
//
// Never looks at what the keys mean (see fill.hpp), never opens a file, never interpolates: ${...}
// stays as it stands.
#pragma once

#include <string_view>

#include "messages/hcl/value.hpp"
#include "messages/result.hpp"

namespace troupe::messages::hcl {

// Always an object. Blocks are lists: `a "b" { c = 1 }` is {"a": [{"b": [{"c": 1}]}]}. Fails with
// errc::bad_request and "At LINE:COLUMN: why". Depth is bounded by limits::json_depth_max.
result<value> parse_hcl(std::string_view text);

// Always an object; empty text is an empty one. Fails with errc::bad_request and Go's text:
// "unexpected end of JSON input", "invalid character 'x' looking for beginning of value".
result<value> parse_json(std::string_view text);

}  // namespace troupe::messages::hcl
