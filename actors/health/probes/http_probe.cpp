#include "actors/health/probes/http_probe.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <fmt/core.h>

#include "actors/health/probes/bounded_output.hpp"
#include "actors/runtime/go_words.hpp"
#include "messages/base64.hpp"
#include "messages/limits.hpp"

namespace troupe::actors {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace limits = messages::limits;
using boost::system::error_code;
using messages::CheckDefinition;

using request = http::request<http::string_body>;

// What is asked next: the check's own request at first, later what a redirect made of it.
struct hop {
  target_url url;
  std::string method;
  bool with_body = true;
  bool own_host = true;  // the Host header of the definition still applies
};

struct answer {
  unsigned code = 0;
  std::string reason;
  std::string location;
  std::string body;
  std::string error;  // not empty: there was no answer
};

bool is_token(std::string_view text) {
  constexpr std::string_view symbols = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return std::isalnum(c) != 0 || symbols.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7F); });
}

std::string lower(std::string text) {
  for (auto& c : text)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Framing is ours to decide; Go's client ignores these too.
bool is_framing(const std::string& name) {
  return name == "content-length" || name == "transfer-encoding" || name == "trailer" ||
         name == "connection" || name == "host";
}

// What Go would refuse of the definition's headers, in its words; "" if nothing.
std::string refused_header(const CheckDefinition& definition) {
  for (const auto& [name, values] : definition.header()) {
    if (!is_token(name))
      return fmt::format("net/http: invalid header field name \"{}\"", name);
    for (const auto& value : values.values()) {
      if (!is_field_value(value))
        return fmt::format("net/http: invalid header field value for \"{}\"", name);
    }
  }
  return "";
}

std::string basic_authorization(const std::string& user_info) {
  std::string text = "Basic ";
  messages::append_base64(text, user_info);
  return text;
}

request make_request(const CheckDefinition& definition, const hop& next) {
  request asked;
  asked.version(11);
  asked.method_string(next.method);
  asked.target(next.url.target);
  asked.set(http::field::host, next.url.authority);
  asked.set(http::field::connection, "close");
  if (!next.url.user_info.empty())
    asked.set(http::field::authorization, basic_authorization(next.url.user_info));
  for (const auto& [name, values] : definition.header()) {
    const auto known = lower(name);
    if (known == "host" && next.own_host && values.values_size() > 0 && !values.values(0).empty())
      asked.set(http::field::host, values.values(0));
    if (is_framing(known))
      continue;
    asked.erase(name);
    for (const auto& value : values.values())
      asked.insert(name, value);
  }
  if (asked[http::field::user_agent].empty())
    asked.set(http::field::user_agent, "Consul Health Check");
  if (asked[http::field::accept].empty())
    asked.set(http::field::accept, "text/plain, text/*, */*");
  if (next.with_body)
    asked.body() = definition.body();
  asked.prepare_payload();
  return asked;
}

bool is_redirect(unsigned code) {
  return code == 301 || code == 302 || code == 303 || code == 307 || code == 308;
}

// Reads until the end, the bound, the deadline or an error: what has come by then is the output.
template <class Stream>
asio::awaitable<std::string> read_body(Stream& stream, boost::beast::flat_buffer& buffer,
                                       http::response_parser<http::buffer_body>& parser,
                                       std::size_t kept_max) {
  bounded_output output(kept_max);
  std::array<char, 4096> piece{};
  while (!parser.is_done() && output.total() < limits::check_body_bytes_max) {
    auto& body = parser.get().body();
    body.data = piece.data();
    body.size = piece.size();
    auto [error, transferred] = co_await http::async_read(stream, buffer, parser, as_result);
    output.append({piece.data(), piece.size() - body.size});
    if (error && error != http::error::need_buffer)
      break;
  }
  co_return output.text();
}

std::string exchange_error(const target_url& url, const error_code& error) {
  if (error == http::error::end_of_stream)
    return "EOF";
  if (error == http::error::partial_message)
    return "unexpected EOF";
  if (error.category() == http::make_error_code(http::error::bad_version).category()) {
    return "net/http: HTTP/1.x transport connection broken: malformed HTTP response: " +
           error.message();
  }
  return go_stream_error("read tcp", join_host_port(url.host, url.port), error);
}

template <class Stream>
asio::awaitable<answer> exchange(Stream& stream, const request& asked, const hop& next,
                                 std::size_t kept_max) {
  answer got;
  auto [write_error, written] = co_await http::async_write(stream, asked, as_result);
  boost::beast::flat_buffer buffer(limits::request_header_bytes_max);
  http::response_parser<http::buffer_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(limits::request_header_bytes_max));
  parser.body_limit(boost::none);
  parser.skip(next.method == "HEAD");
  // A server may answer, and close, before it has read the request: what it said counts.
  auto [error, transferred] = co_await http::async_read_header(stream, buffer, parser, as_result);
  if (error) {
    got.error = exchange_error(
        next.url, write_error && error == http::error::end_of_stream ? write_error : error);
    co_return got;
  }
  const auto& head = parser.get();
  got.code = head.result_int();
  got.reason = std::string(head.reason());
  got.location = std::string(head[http::field::location]);
  got.body = co_await read_body(stream, buffer, parser, kept_max);
  co_return got;
}

// One hop: connect, ask, read.
asio::awaitable<answer> ask(std::shared_ptr<probe_run> run,
                            std::shared_ptr<const CheckDefinition> definition, const hop& next) {
  answer got;
  const auto asked = make_request(*definition, next);
  const auto kept_max = static_cast<std::size_t>(definition->output_max_size());
  const host_and_port peer{next.url.host, next.url.port};
  got.error = co_await run->dial(peer);
  if (!got.error.empty())
    co_return got;
  if (!next.url.uses_tls())
    co_return co_await exchange(run->socket(), asked, next, kept_max);
  tls_options tls{!definition->tls_skip_verify(), definition->tls_server_name(), ""};
  if (tls.server_name.empty())
    tls.server_name = next.url.host;
  auto session = co_await start_tls(run, std::move(tls));
  if (!session.stream) {
    got.error = std::move(session.error);
    if (got.error == "tls: first record does not look like a TLS handshake")
      got.error = "http: server gave HTTP response to HTTPS client";
    co_return got;
  }
  co_return co_await exchange(*session.stream, asked, next, kept_max);
}

// Changes `next` to where the answer leads; false: it leads nowhere we go.
bool follow(const CheckDefinition& definition, const answer& got, hop& next) {
  if (definition.disable_redirects() || !is_redirect(got.code) || got.location.empty())
    return false;
  auto to = resolve_location(next.url, got.location);
  if (!to || !may_follow(next.url, *to))
    return false;
  next.own_host = next.own_host && got.location.find("://") == std::string::npos;
  next.url = std::move(*to);
  if (got.code < 307 && next.method != "GET" && next.method != "HEAD") {
    next.method = "GET";
    next.with_body = false;
  }
  return true;
}

check_status status_of(unsigned code) {
  if (code >= 200 && code <= 299)
    return check_status::passing;
  return code == 429 ? check_status::warning : check_status::critical;
}

check_result judge(const std::string& method, const std::string& url, const answer& got) {
  return {status_of(got.code),
          fmt::format("HTTP {} {}: {} {} Output: {}", method, url, got.code, got.reason, got.body)};
}

// Go's url.Error: `Get "http://x/": why`.
check_result failed(const std::string& method, const std::string& url, const std::string& why) {
  std::string operation = lower(method);
  operation.front() =
      static_cast<char>(std::toupper(static_cast<unsigned char>(operation.front())));
  return {check_status::critical, fmt::format("{} \"{}\": {}", operation, url, why)};
}

asio::awaitable<check_result> look(std::shared_ptr<probe_run> run,
                                   std::shared_ptr<const CheckDefinition> definition) {
  const std::string method = definition->method().empty() ? "GET" : definition->method();
  const std::string& shown = definition->http();
  if (!is_token(method))
    co_return critical(fmt::format("net/http: invalid method \"{}\"", method));
  const auto url = parse_target_url(shown);
  if (!url)
    co_return failed(method, shown, url.error().detail);
  if (auto why = refused_header(*definition); !why.empty())
    co_return failed(method, shown, why);

  hop next{*url, method};
  for (int redirects = 0;; ++redirects) {
    const answer got = co_await ask(run, definition, next);
    if (got.error.empty() && redirects < limits::http_check_redirects_max &&
        follow(*definition, got, next))
      continue;
    if (got.error.empty())
      co_return judge(method, shown, got);
    if (run->timed_out())
      co_return failed(
          method, shown,
          "context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
    co_return failed(method, shown, got.error);
  }
}

}  // namespace

http_probe::http_probe(const CheckDefinition& definition, probe_environment& environment)
    : environment_(&environment),
      definition_(std::make_shared<const CheckDefinition>(definition)) {}

void http_probe::start(std::function<void(check_result)> done) {
  auto run =
      std::make_shared<probe_run>(*environment_, std::chrono::nanoseconds{definition_->timeout()});
  run_ = run;
  auto work = look(run, definition_);
  probe_run::launch(std::move(run), std::move(work), std::move(done));
}

void http_probe::cancel() {
  if (const auto run = run_.lock())
    run->abandon();
  run_.reset();
}

}  // namespace troupe::actors
