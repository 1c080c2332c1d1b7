#include "actors/link/greeting.hpp"

#include "messages/ensure.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::link {

using messages::errc;
using messages::failure;

namespace {

constexpr std::string_view magic = "TRPE";
constexpr char format = 1;

bool names_a_node(const messages::LinkGreeting& greeting) {
  return greeting.protocol() > 0 && !greeting.node_id().empty() && !greeting.process().empty();
}

}  // namespace

std::string frame_greeting(const google::protobuf::Message& body) {
  const auto length = body.ByteSizeLong();
  messages::ensure(length <= messages::limits::link_greeting_bytes_max);
  std::string frame(magic);
  frame.push_back(format);
  frame.push_back('\0');
  frame.push_back(static_cast<char>(length >> 8));
  frame.push_back(static_cast<char>(length & 0xff));
  body.AppendToString(&frame);
  return frame;
}

messages::result<std::size_t> greeting_body_length(std::string_view header) {
  if (header.size() != greeting_header_bytes || header.substr(0, magic.size()) != magic)
    return failure{errc::bad_request, "not a greeting"};
  if (header[4] != format || header[5] != '\0')
    return failure{errc::bad_request, "a greeting of an unknown format"};
  const auto length = (static_cast<std::size_t>(static_cast<unsigned char>(header[6])) << 8) |
                      static_cast<unsigned char>(header[7]);
  if (length > messages::limits::link_greeting_bytes_max)
    return failure{errc::bad_request, "a greeting that is too long"};
  return length;
}

messages::result<messages::LinkGreeting> parse_greeting(std::string_view body) {
  messages::LinkGreeting greeting;
  if (!greeting.ParseFromArray(body.data(), static_cast<int>(body.size())) ||
      !names_a_node(greeting))
    return failure{errc::bad_request, "a greeting that names no node"};
  return greeting;
}

messages::result<messages::LinkVerdict> parse_verdict(std::string_view body) {
  messages::LinkVerdict verdict;
  if (!verdict.ParseFromArray(body.data(), static_cast<int>(body.size())) ||
      !names_a_node(verdict.from()))
    return failure{errc::bad_request, "an answer that names no node"};
  return verdict;
}

}  // namespace troupe::actors::link
