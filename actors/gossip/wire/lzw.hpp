// LZW (Welch 1984) as in GIF: least significant bit first, 8-bit literals, codes of 9 to 12 bits, a
// clear code first and when the table is full, an end code last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::actors::gossip::wire {

// Appends `data`, compressed. Gives up as soon as that is over `bytes_max`: false, and `out` is as
// before. Takes 32 KiB of stack, of which little data uses little.
bool lzw_encode(std::string_view data, std::size_t bytes_max, std::string& out);

enum class lzw_result : std::uint8_t { ok, corrupt, too_large };
// Replaces `out` by what `data` unpacks to; too_large as soon as that is over `bytes_max`. Bytes
// after the end code are ignored; without an end code `data` is corrupt.
lzw_result lzw_decode(std::string_view data, std::size_t bytes_max, std::string& out);

}  // namespace troupe::actors::gossip::wire
