// Reads an HTTP/1.x request off the wire straight into an api_request: Beast's parser without its
// table of fields, for we look at eight of them.
#pragma once

#include <cstddef>
#include <cstdint>

#include <boost/beast/http/basic_parser.hpp>

#include "gateway/http/api_request.hpp"

namespace troupe::gateway {

class request_parser : public boost::beast::http::basic_parser<true> {
 public:
  request_parser(api_request& into, std::size_t header_bytes_max);

  bool is_http_1_0() const { return is_http_1_0_; }
  bool expects_continue() const { return expects_continue_; }
  // Bytes of the body beyond this are an error (http::error::body_limit).
  void body_bytes_max(std::size_t max) { body_bytes_max_ = max; }
  // The body is read and thrown away.
  void discard_body() { discards_ = true; }
  std::size_t body_bytes() const { return body_bytes_; }

 private:
  using text = boost::beast::string_view;
  using error = boost::beast::error_code;

  void on_request_impl(boost::beast::http::verb method, text method_text, text target, int version,
                       error& failed) override;
  void on_response_impl(int, text, int, error& failed) override;
  void on_field_impl(boost::beast::http::field name, text name_text, text value,
                     error& failed) override;
  void on_header_impl(error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error&) override {}
  std::size_t on_body_impl(text part, error& failed) override;
  void on_chunk_header_impl(std::uint64_t, text, error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t remain, text part, error& failed) override;
  void on_finish_impl(error&) override {}

  api_request* into_;
  std::size_t body_bytes_max_ = 0;
  std::size_t body_bytes_ = 0;
  bool is_http_1_0_ = false;
  bool expects_continue_ = false;
  bool discards_ = false;
};

}  // namespace troupe::gateway
