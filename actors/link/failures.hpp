// How a request that needed another node fails, in Consul's words. Whoever forwards requests asks
// is_never_sent(): only then nothing can have happened on the other node.
#pragma once

#include <string>
#include <string_view>

#include "messages/result.hpp"

namespace troupe::actors::link {

// No connection: nothing was sent. `why` ends a sentence: "connect: connection refused".
messages::failure no_connection(std::string_view from, std::string_view to, std::string_view why);
// The connection ended while the request was under way: it may have been carried out.
messages::failure connection_lost();
// No answer in time; it may have been carried out.
messages::failure no_answer();
// There was an answer that nobody can read: the request may have been carried out.
messages::failure malformed_answer();
// More requests wait for this node than may: nothing was sent. errc::unavailable.
messages::failure shed();
// The request would not fit into a frame: nothing was sent. errc::too_large.
messages::failure request_too_large();

// The other node is starting or ending: nothing was done.
messages::failure not_ready();

// Safe to send again, here or to another node.
bool is_never_sent(const messages::failure& why);

}  // namespace troupe::actors::link
