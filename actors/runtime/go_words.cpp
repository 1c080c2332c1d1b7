#include "actors/runtime/go_words.hpp"

#include <cctype>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <fmt/core.h>

namespace troupe::actors {

namespace asio_error = boost::asio::error;
using boost::system::error_code;

namespace {

bool is_end(const error_code& error) {
  return error == asio_error::eof || error == boost::asio::ssl::error::stream_truncated;
}

}  // namespace

std::string go_words(const error_code& error) {
  if (is_end(error))
    return "EOF";
  if (error == asio_error::timed_out)
    return "i/o timeout";
  if (error == asio_error::operation_aborted)
    return "operation was canceled";
  std::string text = error.message();
  // Go's own table has the C library's sentences without the capital letter.
  if (!text.empty())
    text.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
  return text;
}

std::string go_connect_words(const error_code& error) {
  return (error == asio_error::timed_out ? "" : "connect: ") + go_words(error);
}

std::string go_dial_error(std::string_view network, std::string_view address,
                          const error_code& error) {
  return fmt::format("dial {} {}: {}", network, address, go_connect_words(error));
}

std::string go_stream_error(std::string_view operation, std::string_view address,
                            const error_code& error) {
  if (is_end(error))
    return "EOF";
  if (error == asio_error::timed_out)
    return fmt::format("{} {}: i/o timeout", operation, address);
  const auto call = operation.substr(0, operation.find(' '));
  return fmt::format("{} {}: {}: {}", operation, address, call, go_words(error));
}

std::string go_lookup_words(std::string_view host, const error_code& error) {
  const bool unknown = error == asio_error::host_not_found || error == asio_error::no_data;
  return fmt::format("lookup {}: {}", host, unknown ? "no such host" : go_words(error));
}

std::string go_lookup_error(std::string_view network, std::string_view host,
                            const error_code& error) {
  return fmt::format("dial {}: {}", network, go_lookup_words(host, error));
}

}  // namespace troupe::actors
