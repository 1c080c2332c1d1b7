// Paths and queries of URLs as Go's net/http takes them apart. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/api_request.hpp"

namespace troupe::gateway {

// Nothing: a bad percent escape. `plus_is_blank` in queries only.
bool percent_decode(std::string_view text, bool plus_is_blank, std::string& out);

// Fills `out` with the decoded pairs; false: a bad escape.
bool parse_query(std::string_view text, std::vector<query_parameter>& out);
// Pairs sorted by name, escaped: net/url's Values.Encode.
std::string encode_query(std::vector<query_parameter> query);

// Without //, /./ and /../; a slash at the end stays.
std::string clean_path(std::string_view path);
bool is_clean(std::string_view path);

// Control characters, which no path of ours may hold.
bool has_control_characters(std::string_view decoded_path);

}  // namespace troupe::gateway
