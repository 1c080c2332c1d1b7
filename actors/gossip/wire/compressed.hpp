// The message that holds another one in compressed form.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "actors/gossip/wire/frame_settings.hpp"

namespace troupe::actors::gossip::wire {

// `body` is what follows the type byte. Replaces `out` by the message within; `body` must not be in
// it.
frame_error unpack_compressed(std::string_view body, std::size_t bytes_max, std::string& out);

// Appends the message that holds `message`, type byte first. False, and nothing appended, if it
// would be over `bytes_max`.
bool pack_compressed(std::string_view message, std::size_t bytes_max, std::string& out);

}  // namespace troupe::actors::gossip::wire
