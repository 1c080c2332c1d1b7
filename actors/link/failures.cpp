#include "actors/link/failures.hpp"

namespace troupe::actors::link {

using messages::errc;
using messages::failure;

namespace {

constexpr std::string_view no_connection_prefix = "rpc error getting client: ";
constexpr std::string_view shed_text =
    "rate limit exceeded, try again later or against a different server";

}  // namespace

failure no_connection(std::string_view from, std::string_view to, std::string_view why) {
  std::string detail(no_connection_prefix);
  detail += "failed to get conn: dial tcp ";
  if (!from.empty()) {
    detail += from;
    detail += ":0->";
  }
  detail += to;
  detail += ": ";
  detail += why;
  return {errc::io, detail};
}

failure connection_lost() {
  return {errc::failed, "rpc error making call: EOF"};
}

failure no_answer() {
  return {errc::timed_out, "rpc error making call: i/o deadline reached"};
}

failure malformed_answer() {
  return {errc::failed, "rpc error making call: a malformed answer"};
}

failure shed() {
  return {errc::unavailable, std::string(shed_text)};
}

failure request_too_large() {
  return {errc::too_large, "rpc error making call: the request is too large"};
}

failure not_ready() {
  return {errc::io, std::string(no_connection_prefix) + "the server is not ready"};
}

bool is_never_sent(const failure& why) {
  if (why.code == errc::io)
    return why.detail.starts_with(no_connection_prefix);
  return why.code == errc::unavailable && why.detail == shed_text;
}

}  // namespace troupe::actors::link
