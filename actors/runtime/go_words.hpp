// System and TLS errors in the words that Go uses, because outputs and errors are read by people
// and scripts that know Consul's. A library of its own, with neither CAF nor sockets.
//
// asio::error::timed_out means a deadline of our own: whoever aborts an operation by a timer passes
// that instead of what the operation ended with.
#pragma once

#include <string>
#include <string_view>

#include <boost/system/error_code.hpp>

namespace troupe::actors {

// "connection refused", "no route to host", "i/o timeout", "EOF".
std::string go_words(const boost::system::error_code& error);

// What comes behind "dial tcp ADDRESS: ": "connect: connection refused", "i/o timeout".
std::string go_connect_words(const boost::system::error_code& error);

// "dial tcp 127.0.0.1:1: connect: connection refused"; `network`: "tcp", "udp" or "unix".
std::string go_dial_error(std::string_view network, std::string_view address,
                          const boost::system::error_code& error);

// "read tcp 127.0.0.1:80: read: connection reset by peer"; "EOF" stays alone. Without the own
// address, which Go shows: its port is another each time, and an output that always changes is news
// each time.
std::string go_stream_error(std::string_view operation, std::string_view address,
                            const boost::system::error_code& error);

// "lookup nosuch.example: no such host".
std::string go_lookup_words(std::string_view host, const boost::system::error_code& error);

// "dial tcp: lookup nosuch.example: no such host".
std::string go_lookup_error(std::string_view network, std::string_view host,
                            const boost::system::error_code& error);

}  // namespace troupe::actors
