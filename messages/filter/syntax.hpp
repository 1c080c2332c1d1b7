// What a filter says, before anything is known of the message it will be asked of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "messages/result.hpp"

namespace troupe::messages::filter {

enum class operation { equal, not_equal, in, not_in, is_empty, is_not_empty, matches, not_matches };

// As error texts name it: "Not Equal".
std::string_view name_of(operation op);

enum class syntax_kind { all_of, any_of, negation, match };

struct syntax {
  syntax_kind kind = syntax_kind::match;
  std::vector<syntax> children;  // all_of, any_of: two or more; negation: one; match: none

  // Of a match:
  std::vector<std::string> selector;  // never empty
  operation op = operation::equal;
  std::string value;  // empty for is_empty and is_not_empty
};

// Fails with errc::failed and the position and reason as Consul words them:
// `1:5 (4): no match found, expected: "!=", "==" or [ \t\r\n]`. Length and depth are bounded by
// limits::filter_bytes_max and limits::filter_depth_max.
result<syntax> parse(std::string_view text);

}  // namespace troupe::messages::filter
