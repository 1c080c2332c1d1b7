// The parameters that nearly every endpoint takes: section 1 of the API. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/http/api_request.hpp"
#include "messages/common.pb.h"
#include "messages/result.hpp"

namespace troupe::gateway {

namespace m = troupe::messages;

// ?token, else X-Consul-Token, else Authorization: Bearer.
std::string token_of(const api_request& http);

// ?ns and ?partition, or their headers, are refused: errc::bad_request.
m::result<void> refuse_enterprise(const api_request& http);

// All of sections 1.1 to 1.3. Fails with errc::bad_request.
m::result<m::ReadOptions> parse_read_options(const api_request& http);

m::result<m::WriteOptions> parse_write_options(const api_request& http);

// A number as strconv.ParseUint reads it; its error text otherwise (errc::failed).
m::result<std::uint64_t> parse_uint(std::string_view text);

// strconv.ParseBool.
std::optional<bool> parse_bool(std::string_view text);

}  // namespace troupe::gateway
