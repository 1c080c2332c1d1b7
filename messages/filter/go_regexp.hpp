// Regular expressions with Go's syntax and Go's error texts, on RE2.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "messages/result.hpp"

namespace re2 {
class RE2;
}

namespace troupe::messages::filter {

// Whether what groups match is to be known.
enum class regexp_groups : std::uint8_t { ignored, kept };

// Safe to use from several threads at once. Fails with errc::failed and what regexp.Compile says:
// "error parsing regexp: missing closing ): `(`". Memory is bounded by
// limits::filter_regexp_bytes_max.
result<std::shared_ptr<const re2::RE2>> compile_go_regexp(
    std::string_view pattern, regexp_groups groups = regexp_groups::ignored);

// Whether the pattern matches anywhere in `text`.
bool matches_anywhere(const re2::RE2& pattern, std::string_view text);

// What the leftmost match and each of the pattern's groups have matched, at most `count_max`; empty
// without a match. The pattern was compiled with its groups kept.
std::vector<std::string> groups_matched(const re2::RE2& pattern, std::string_view text,
                                        std::size_t count_max);

}  // namespace troupe::messages::filter
