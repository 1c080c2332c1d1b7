// Compression of response bodies. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace troupe::gateway {

// In gzip's format (RFC 1952), at the fastest level: the link is rarely the bottleneck. Nothing if
// zlib has no memory.
std::optional<std::string> gzip(std::string_view text);

// Whether an Accept-Encoding header takes gzip (RFC 9110, 12.5.3).
bool takes_gzip(std::string_view accept_encoding);

}  // namespace troupe::gateway
