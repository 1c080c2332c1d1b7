// A member's tags as they stand in memberlist's meta: a byte and a map of strings.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::actors::gossip::wire {

using tag_map = std::map<std::string, std::string, std::less<>>;

// Meta without the leading byte is the value of tag `role`, as old members have it; empty meta is
// no tags. Nothing if it does not decode.
std::optional<tag_map> decode_tags(std::string_view meta);
bool are_tags(std::string_view meta);  // whether it decodes

// May be longer than limits::pool_tags_bytes_max: that is the caller's to refuse.
std::string encode_tags(const tag_map& tags);

}  // namespace troupe::actors::gossip::wire
