#include "gateway/http/request_parser.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

#include "gateway/http/gzip.hpp"

namespace troupe::gateway {

namespace http = boost::beast::http;
using boost::beast::iequals;

namespace {

http_method method_of(http::verb method) {
  switch (method) {
    case http::verb::get:
      return http_method::get;
    case http::verb::head:
      return http_method::head;
    case http::verb::post:
      return http_method::post;
    case http::verb::put:
      return http_method::put;
    case http::verb::patch:
      return http_method::patch;
    case http::verb::delete_:
      return http_method::delete_;
    case http::verb::options:
      return http_method::options;
    default:
      return http_method::other;
  }
}

}  // namespace

request_parser::request_parser(api_request& into, std::size_t header_bytes_max) : into_(&into) {
  header_limit(static_cast<std::uint32_t>(header_bytes_max));
  body_limit(boost::none);  // ours is known only once the route is
}

void request_parser::on_request_impl(http::verb method, text method_text, text target, int version,
                                     error& /*failed*/) {
  is_http_1_0_ = version < 11;
  into_->method = method_of(method);
  into_->method_text.assign(method_text.data(), method_text.size());
  into_->target.assign(target.data(), target.size());
}

void request_parser::on_response_impl(int /*status*/, text /*reason*/, int /*version*/,
                                      error& failed) {
  failed = http::error::bad_method;
}

void request_parser::on_field_impl(http::field name, text name_text, text value,
                                   error& /*failed*/) {
  const std::string_view as_sent(value.data(), value.size());
  switch (name) {
    case http::field::authorization:
      into_->authorization = as_sent;
      return;
    case http::field::accept:
      into_->accept = as_sent;
      return;
    case http::field::accept_encoding:
      into_->takes_gzip = takes_gzip(as_sent);
      return;
    case http::field::cache_control:
      into_->cache_control = as_sent;
      return;
    case http::field::expect:
      expects_continue_ = iequals(value, "100-continue");
      return;
    case http::field::unknown:
      break;
    default:
      return;
  }
  if (iequals(name_text, "X-Consul-Token"))
    into_->token = as_sent;
  else if (iequals(name_text, "X-Forwarded-For") && into_->forwarded_for.empty())
    into_->forwarded_for = as_sent;
  else if (iequals(name_text, "X-Consul-Namespace") && !as_sent.empty())
    into_->enterprise_header = "X-Consul-Namespace";
  else if (iequals(name_text, "X-Consul-Partition") && !as_sent.empty() &&
           into_->enterprise_header.empty())
    into_->enterprise_header = "X-Consul-Partition";
}

std::size_t request_parser::on_body_impl(text part, error& failed) {
  body_bytes_ += part.size();
  if (body_bytes_ > body_bytes_max_)
    failed = http::error::body_limit;
  else if (!discards_)
    into_->body.append(part.data(), part.size());
  return part.size();
}

std::size_t request_parser::on_chunk_body_impl(std::uint64_t /*remain*/, text part, error& failed) {
  return on_body_impl(part, failed);
}

}  // namespace troupe::gateway
