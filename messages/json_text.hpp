// Texts and numbers as JSON, byte for byte as Go's encoder writes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::messages {

// In quotes. <, >, & and U+2028/9 are escaped, bytes that are not UTF-8 become \ufffd.
void append_json_text(std::string& out, std::string_view text);

void append_json_number(std::string& out, std::int64_t value);
void append_json_number(std::string& out, std::uint64_t value);
// The shortest digits that read back as the same number, with an exponent from 1e21 on and below
// 1e-6. What JSON cannot say (infinity, not a number) is null.
void append_json_number(std::string& out, double value);
void append_json_number(std::string& out, float value);

// A new line and four blanks a level.
void append_json_new_line(std::string& out, int depth);

}  // namespace troupe::messages
