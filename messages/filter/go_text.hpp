// Text and numbers as Go's strconv reads and writes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "messages/result.hpp"

namespace troupe::messages::filter {

// strconv.Unquote of a literal in "" or ``; nothing if it is not one.
std::optional<std::string> go_unquote(std::string_view literal);

// Numbers with base 0: 0x, 0o, 0b and a leading 0 choose it. Fail with errc::failed and strconv's
// text: `strconv.ParseInt: parsing "abc": invalid syntax`.
result<std::int64_t> go_parse_int(std::string_view text);
result<std::uint64_t> go_parse_uint(std::string_view text);
result<double> go_parse_float(std::string_view text);
result<bool> go_parse_bool(std::string_view text);

// Bytes of the first character of `text`, which is not empty; 1 for a byte that starts none.
std::size_t utf8_length(std::string_view text);

// Offset of the first byte that is not UTF-8; text.size() if all is well.
std::size_t utf8_valid_until(std::string_view text);

}  // namespace troupe::messages::filter
