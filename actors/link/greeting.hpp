// What is said first on a connection: a greeting each way, so that what is not ours is refused
// before anything else of it is read. Pure: bytes and messages, no socket.
//
//   4 bytes  "TRPE"
//   1 byte   format of what follows: 1
//   1 byte   0
//   2 bytes  length of the body, big endian, at most limits::link_greeting_bytes_max
//   body     dialler: LinkGreeting; listener's answer: LinkVerdict
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "messages/link.pb.h"
#include "messages/result.hpp"

namespace troupe::actors::link {

inline constexpr std::size_t greeting_header_bytes = 8;
// Of what follows the greeting; raised when nodes of two versions must tell each other apart.
inline constexpr unsigned link_protocol = 1;

// A message that is longer than it may be is one of ours made wrongly: an invariant.
std::string frame_greeting(const google::protobuf::Message& body);

// The length of the body. Fails with errc::bad_request: what came is no greeting.
messages::result<std::size_t> greeting_body_length(std::string_view header);

// Fails with errc::bad_request: not a greeting, or one without a node id.
messages::result<messages::LinkGreeting> parse_greeting(std::string_view body);
messages::result<messages::LinkVerdict> parse_verdict(std::string_view body);

}  // namespace troupe::actors::link
