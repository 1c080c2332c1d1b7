#include "gateway/cli/api_client.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include "actors/runtime/go_words.hpp"
#include "messages/limits.hpp"
#include "messages/version.hpp"

namespace troupe::gateway::cli {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using messages::errc;
using messages::failure;

std::string from_environment(const char* name, std::string otherwise = {}) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : std::move(otherwise);
}

using request_message = http::request<http::string_body>;

// Of a conversation that had begun: an agent that ends at once is Go's EOF, one that ends within
// its answer an unexpected one.
std::string broken_off(const beast::error_code& why) {
  if (why == http::error::end_of_stream)
    return "EOF";
  return why == http::error::partial_message ? "unexpected EOF" : actors::go_words(why);
}

template <class Stream>
messages::result<http_answer> converse(Stream& stream, const request_message& what) {
  beast::error_code why;
  http::write(stream, what, why);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(messages::limits::request_body_bytes_max);
  if (!why)
    http::read(stream, buffer, parser, why);
  if (why)
    return failure{errc::io, broken_off(why)};
  return http_answer{static_cast<int>(parser.get().result_int()), std::move(parser.get().body())};
}

// The head is there; of the body what came with it, the rest is to be read.
template <class Stream>
messages::result<http_answer> read_pieces(Stream& stream, beast::flat_buffer& buffer,
                                          http::response_parser<http::buffer_body>& parser,
                                          const std::function<void(std::string_view)>& show) {
  std::array<char, 4096> piece;
  beast::error_code why;
  while (!parser.is_done()) {
    parser.get().body().data = piece.data();
    parser.get().body().size = piece.size();
    http::read_some(stream, buffer, parser, why);
    const auto left = parser.get().body().size;
    if (left < piece.size())
      show({piece.data(), piece.size() - left});
    if (why == http::error::need_buffer)
      why = {};
    if (why == http::error::partial_message || why == http::error::end_of_stream ||
        why == asio::error::connection_reset)
      break;  // an agent that ends ends this, too
    if (why)
      return failure{errc::io, broken_off(why)};
  }
  return http_answer{static_cast<int>(parser.get().result_int()), {}};
}

// As converse(), but what is answered with 200 is shown piece by piece.
template <class Stream>
messages::result<http_answer> listen_to(Stream& stream, const request_message& what,
                                        const std::function<void(std::string_view)>& show) {
  beast::error_code why;
  http::write(stream, what, why);
  beast::flat_buffer buffer;
  http::response_parser<http::buffer_body> parser;
  parser.body_limit(boost::none);
  if (!why)
    http::read_header(stream, buffer, parser, why);
  if (why)
    return failure{errc::io, broken_off(why)};
  if (parser.get().result() == http::status::ok)
    return read_pieces(stream, buffer, parser, show);
  std::string refusal;
  const auto keep = [&refusal](std::string_view text) {
    if (refusal.size() < messages::limits::request_body_bytes_max)
      refusal += text;
  };
  auto answer = read_pieces(stream, buffer, parser, keep);
  if (answer)
    answer->body = std::move(refusal);
  return answer;
}

template <class Talk>
messages::result<http_answer> over_unix(const std::string& path, const Talk& talk) {
  asio::io_context io;
  asio::local::stream_protocol::socket socket(io);
  beast::error_code why;
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    return failure{errc::io, fmt::format("dial unix {}: path is too long", path)};
  socket.connect(asio::local::stream_protocol::endpoint(path), why);
  if (why)
    return failure{errc::io, actors::go_dial_error("unix", path, why)};
  return talk(socket);
}

std::string text_of(const asio::ip::tcp::endpoint& endpoint) {
  const auto address = endpoint.address().to_string();
  const bool v6 = endpoint.address().is_v6();
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", address, v6 ? "]" : "", endpoint.port());
}

template <class Talk>
messages::result<http_answer> over_tcp(const std::string& host, const std::string& port,
                                       const Talk& talk) {
  asio::io_context io;
  beast::error_code why;
  asio::ip::tcp::resolver resolver(io);
  const auto endpoints = resolver.resolve(host, port, why);
  if (why)
    return failure{errc::io, actors::go_lookup_error("tcp", host, why)};
  asio::ip::tcp::socket socket(io);
  std::string refused;  // by the first of them, as Go says it
  for (const auto& each : endpoints) {
    beast::error_code ignored;
    socket.close(ignored);
    socket.connect(each.endpoint(), why);
    if (!why)
      return talk(socket);
    if (refused.empty())
      refused = actors::go_dial_error("tcp", text_of(each.endpoint()), why);
  }
  return failure{errc::io, refused};
}

std::string method_word(const std::string& method) {
  std::string word = method;
  for (std::size_t i = 1; i < word.size(); ++i)
    word[i] = static_cast<char>(word[i] - 'A' + 'a');
  return word;
}

failure unexpected(const http_answer& answer) {
  return {errc::failed,
          fmt::format("Unexpected response code: {} ({})", answer.status, answer.body)};
}

}  // namespace

std::string escape(std::string_view text, bool keep_slash) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~' || (c == '/' && keep_slash);
    if (plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

void api_client::add_flags(messages::go_flags& flags) {
  http_addr_ = from_environment("CONSUL_HTTP_ADDR", "127.0.0.1:8500");
  token_ = from_environment("CONSUL_HTTP_TOKEN");
  token_file_ = from_environment("CONSUL_HTTP_TOKEN_FILE");
  flags.heading("HTTP API Options")
      .add("http-addr", &http_addr_, "Address and port of the agent: host:port or unix://path.")
      .add("token", &token_, "ACL token to send with the request.")
      .add("token-file", &token_file_, "File that holds the ACL token.")
      .add("datacenter", &datacenter_, "Datacenter to ask; the agent's own if not given.")
      .add("stale", &stale_, "Lets any server answer, not only the leader.")
      .add("ca-file", &ca_file_, "Certificate authority for HTTPS.")
      .add("ca-path", &ca_path_, "Folder of certificate authorities for HTTPS.")
      .add("client-cert", &client_cert_, "Client certificate for HTTPS.")
      .add("client-key", &client_key_, "Key of the client certificate.")
      .add("tls-server-name", &tls_server_name_, "Name expected in the server's certificate.")
      .add("namespace", &namespace_, "A feature of Consul Enterprise.")
      .add("partition", &partition_, "A feature of Consul Enterprise.");
}

messages::result<api_client::destination> api_client::parse_address() const {
  std::string rest = http_addr_;
  if (rest.starts_with("unix://"))
    return destination{{}, {}, rest.substr(7), "http://" + escape(rest.substr(7), false)};
  const bool wants_tls =
      rest.starts_with("https://") || from_environment("CONSUL_HTTP_SSL") == "true";
  if (wants_tls)
    return failure{errc::bad_request, "HTTPS to the agent is not available in this version"};
  if (rest.starts_with("http://"))
    rest = rest.substr(7);
  rest = rest.substr(0, rest.find('/'));
  const auto colon = rest.rfind(':');
  const bool has_port = colon != std::string::npos && rest.find(']', colon) == std::string::npos;
  destination to{.host = has_port ? rest.substr(0, colon) : rest,
                 .port = has_port ? rest.substr(colon + 1) : "80",
                 .unix_path = {},
                 .base = "http://" + rest};
  if (to.host.starts_with('[') && to.host.ends_with(']'))
    to.host = to.host.substr(1, to.host.size() - 2);
  return to;
}

messages::result<std::string> api_client::token() const {
  if (token_file_.empty())
    return token_;
  std::ifstream file(token_file_);
  if (!file)
    return failure{errc::io, fmt::format("Error loading token file {}", token_file_)};
  std::string text{std::istreambuf_iterator<char>(file), {}};
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.pop_back();
  return text;
}

template <class Talk>
messages::result<http_answer> api_client::send(const std::string& method, const std::string& path,
                                               parameters query, const std::string& body,
                                               const Talk& talk) const {
  const auto to = parse_address();
  if (!to)
    return to.error();
  const auto secret = token();
  if (!secret)
    return secret.error();
  if (!datacenter_.empty())
    query.emplace_back("dc", datacenter_);
  if (stale_)
    query.emplace_back("stale", "");
  if (!namespace_.empty())
    query.emplace_back("ns", namespace_);
  if (!partition_.empty())
    query.emplace_back("partition", partition_);
  std::string target = path;
  for (const auto& [name, value] : query) {
    target += target.find('?') == std::string::npos ? '?' : '&';
    target += escape(name, false) + '=' + escape(value, false);
  }
  request_message what{http::string_to_verb(method), target, 11};
  what.set(http::field::host, to->unix_path.empty() ? to->base.substr(7) : "localhost");
  what.set(http::field::user_agent, fmt::format("troupe/{}", messages::troupe_version));
  if (!secret->empty())
    what.set("X-Consul-Token", *secret);
  what.body() = body;
  what.prepare_payload();
  const auto converse_about = [&](auto& stream) { return talk(stream, what); };
  auto answer = to->unix_path.empty() ? over_tcp(to->host, to->port, converse_about)
                                      : over_unix(to->unix_path, converse_about);
  if (!answer)
    return failure{errc::io, fmt::format("{} \"{}{}\": {}", method_word(method), to->base, target,
                                         answer.error().detail)};
  return answer;
}

messages::result<http_answer> api_client::request(const std::string& method,
                                                  const std::string& path, parameters query,
                                                  const std::string& body) const {
  return send(method, path, std::move(query), body,
              [](auto& stream, const request_message& what) { return converse(stream, what); });
}

messages::result<void> api_client::follow(const std::string& path, parameters query,
                                          const std::function<void(std::string_view)>& show) const {
  const auto answer = send(
      "GET", path, std::move(query), {},
      [&show](auto& stream, const request_message& what) { return listen_to(stream, what, show); });
  if (!answer)
    return answer.error();
  if (answer->status != 200)
    return unexpected(*answer);
  return {};
}

messages::result<http_answer> api_client::expect(const std::string& method, const std::string& path,
                                                 parameters query, const std::string& body,
                                                 const std::vector<int>& accepted) const {
  auto answer = request(method, path, std::move(query), body);
  if (!answer)
    return answer;
  for (const int status : accepted) {
    if (answer->status == status)
      return answer;
  }
  return unexpected(*answer);
}

}  // namespace troupe::gateway::cli
