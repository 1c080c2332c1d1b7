// Regular expressions with Go's syntax and Go's error texts, on RE2.
#pragma once

#include <memory>
#include <string_view>

#include "messages/result.hpp"

namespace re2 {
class RE2;
}

namespace troupe::messages::filter {

// Safe to use from several threads at once. Fails with errc::failed and what regexp.Compile says:
// "error parsing regexp: missing closing ): `(`". Memory is bounded by
// limits::filter_regexp_bytes_max.
result<std::shared_ptr<const re2::RE2>> compile_go_regexp(std::string_view pattern);

// Whether the pattern matches anywhere in `text`.
bool matches_anywhere(const re2::RE2& pattern, std::string_view text);

}  // namespace troupe::messages::filter
