#include "actors/health/probes/go_words.hpp"

#include <cctype>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <fmt/core.h>

namespace troupe::actors {

using boost::system::error_code;

std::string go_words(const error_code& error) {
  if (error == boost::asio::error::eof || error == boost::asio::ssl::error::stream_truncated)
    return "EOF";
  if (error == boost::asio::error::timed_out)
    return "i/o timeout";
  if (error == boost::asio::error::operation_aborted)
    return "operation was canceled";
  std::string text = error.message();
  // Go's own table has the C library's sentences without the capital letter.
  if (!text.empty())
    text.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
  return text;
}

std::string go_dial_error(std::string_view network, std::string_view address,
                          const error_code& error) {
  if (error == boost::asio::error::timed_out)
    return fmt::format("dial {} {}: i/o timeout", network, address);
  return fmt::format("dial {} {}: connect: {}", network, address, go_words(error));
}

std::string go_stream_error(std::string_view operation, std::string_view address,
                            const error_code& error) {
  if (error == boost::asio::error::eof || error == boost::asio::ssl::error::stream_truncated)
    return "EOF";
  if (error == boost::asio::error::timed_out)
    return fmt::format("{} {}: i/o timeout", operation, address);
  const auto call = operation.substr(0, operation.find(' '));
  return fmt::format("{} {}: {}: {}", operation, address, call, go_words(error));
}

std::string go_lookup_error(std::string_view network, std::string_view host,
                            const error_code& error) {
  if (error == boost::asio::error::host_not_found || error == boost::asio::error::no_data)
    return fmt::format("dial {}: lookup {}: no such host", network, host);
  if (error == boost::asio::error::timed_out)
    return fmt::format("dial {}: lookup {}: i/o timeout", network, host);
  return fmt::format("dial {}: lookup {}: {}", network, host, go_words(error));
}

}  // namespace troupe::actors
