// Finds out whether a text is JSON, and where its value ends, before anything is read from it. The
// texts of its refusals are those of Go's scanner. Never makes anything of the values.
#pragma once

#include <string>
#include <string_view>

#include "messages/result.hpp"

namespace troupe::messages::json {

// The first value in the text, without the blanks around it; what follows it is not looked at.
// Fails with errc::bad_request: "EOF" if there is none, "unexpected EOF" if it has no end, else
// "invalid character ...". Inside, at most limits::json_depth_max arrays and objects are nested.
result<std::string_view> scan_value(std::string_view text);

// -- on values that scan_value() has accepted -------------------------------

inline bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// The size of the value at the front of `rest`.
std::size_t value_bytes(std::string_view rest);

// Replaces `out` by what a text in quotes means. Bytes that are not UTF-8, and halves of surrogate
// pairs, become U+FFFD.
void unquote(std::string_view quoted, std::string& out);

}  // namespace troupe::messages::json
