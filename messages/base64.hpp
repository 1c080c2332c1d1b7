// Base64 with padding (RFC 4648, section 4), as Go's base64.StdEncoding writes and reads it. Never
// the alphabet for URLs.
#pragma once

#include <string>
#include <string_view>

#include "messages/result.hpp"

namespace troupe::messages {

void append_base64(std::string& out, std::string_view bytes);

// Line ends inside the text are skipped, all else outside the alphabet is refused with Go's text,
// "illegal base64 data at input byte 3".
result<std::string> decode_base64(std::string_view text);

}  // namespace troupe::messages
