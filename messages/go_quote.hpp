// Text in quotes inside messages for people, as Go's strconv.Quote writes it.
#pragma once

#include <string>
#include <string_view>

namespace troupe::messages {

// Quotes, backslashes and what cannot be seen are escaped; bytes that are not UTF-8 as \xNN. Code
// points that Unicode has not given to a character yet are not told apart from visible ones.
std::string go_quote(std::string_view text);

// One byte as Go's JSON scanner names it: 'b', '\n', '\u0085' for the byte 0x85.
std::string go_quote_byte(char byte);

}  // namespace troupe::messages
