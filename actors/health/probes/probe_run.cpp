#include "actors/health/probes/probe_run.hpp"

#include <exception>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <fmt/core.h>
#include <openssl/err.h>

#include "actors/runtime/go_words.hpp"

namespace troupe::actors {

namespace asio = boost::asio;
using boost::system::error_code;

probe_run::probe_run(probe_environment& environment, std::chrono::nanoseconds timeout)
    : environment_(&environment),
      deadline_(environment.io(), timeout),
      resolver_(environment.io()),
      socket_(environment.io()) {}

void probe_run::launch(const std::shared_ptr<probe_run>& run, asio::awaitable<check_result> work,
                       done_function done) {
  run->deadline_.async_wait([weak = std::weak_ptr(run)](const error_code& cancelled) {
    const auto self = weak.lock();
    if (cancelled || !self)
      return;
    self->timed_out_ = true;
    self->abort();
  });
  asio::co_spawn(
      run->environment_->io(), std::move(work),
      [run, done = std::move(done)](const std::exception_ptr& thrown, check_result result) {
        run->deadline_.cancel();
        run->on_abort_ = nullptr;
        if (run->abandoned_)
          return;
        if (thrown)
          result = {check_status::critical, "check failed: out of resources"};
        done(std::move(result));
      });
}

void probe_run::abandon() {
  abandoned_ = true;
  deadline_.cancel();
  abort();
}

void probe_run::abort() {
  resolver_.cancel();
  error_code ignored;
  socket_.close(ignored);
  if (on_abort_)
    on_abort_();
}

asio::awaitable<probe_run::addresses> probe_run::resolve(host_and_port peer,
                                                         std::string_view network) {
  addresses found;
  error_code error;
  const auto port =
      static_cast<std::uint16_t>(std::stoi(peer.port));  // digits: see split_host_port
  const auto literal = asio::ip::make_address(peer.host, error);
  if (!error) {
    const tcp::endpoint endpoint(literal, port);
    found.list = tcp::resolver::results_type::create(endpoint, peer.host, peer.port);
    co_return found;
  }
  if (peer.host.empty())
    peer.host = "localhost";
  std::tie(error, found.list) = co_await resolver_.async_resolve(
      peer.host, peer.port, tcp::resolver::numeric_service, as_result);
  if (error == asio::error::operation_aborted && timed_out_)
    error = asio::error::timed_out;
  if (error)
    found.error = go_lookup_error(network, peer.host, error);
  co_return found;
}

asio::awaitable<std::string> probe_run::dial(host_and_port peer) {
  const auto self = shared_from_this();
  const auto found = co_await resolve(peer, "tcp");
  std::string first_error = found.error;
  for (const auto& entry : found.list) {
    if (timed_out_ || abandoned_)
      break;
    const auto endpoint = entry.endpoint();
    error_code error;
    if (socket_.is_open())
      socket_.close(error);
    socket_.open(endpoint.protocol(), error);
    if (!error)
      std::tie(error) = co_await socket_.async_connect(endpoint, as_result);
    if (!error)
      co_return "";
    if (timed_out_)
      error = asio::error::timed_out;
    if (first_error.empty())
      first_error =
          go_dial_error("tcp", join_host_port(endpoint.address().to_string(), peer.port), error);
  }
  if (first_error.empty())
    first_error =
        go_dial_error("tcp", join_host_port(peer.host, peer.port), asio::error::timed_out);
  co_return first_error;
}

namespace {

tls_session no_session(std::string error) {
  return {nullptr, std::move(error)};
}

// Why a peer's certificate was refused, in the words of Go's crypto/x509.
std::string verification_words(long code, const std::string& server_name) {
  switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "x509: certificate has expired or is not yet valid";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "x509: certificate is not valid for " + server_name;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return "x509: certificate signed by unknown authority";
    default:
      return std::string("x509: ") + X509_verify_cert_error_string(code);
  }
}

// The peer must prove that it is server_name; addresses are no SNI (RFC 6066, section 3).
bool expect_name(SSL* ssl, const std::string& server_name, bool verify) {
  error_code not_an_address;
  asio::ip::make_address(server_name, not_an_address);
  if (not_an_address && SSL_set_tlsext_host_name(ssl, server_name.c_str()) != 1)
    return false;
  if (!verify)
    return true;
  if (not_an_address)
    return SSL_set1_host(ssl, server_name.c_str()) == 1;
  return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), server_name.c_str()) == 1;
}

bool offer_protocol(SSL* ssl, const std::string& protocol) {
  if (protocol.empty())
    return true;
  const std::string offer = static_cast<char>(protocol.size()) + protocol;
  return SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(offer.data()),
                             static_cast<unsigned>(offer.size())) == 0;
}

std::string handshake_words(SSL* ssl, const error_code& error, const tls_options& options) {
  const long verified = SSL_get_verify_result(ssl);
  if (options.verify && verified != X509_V_OK)
    return "tls: failed to verify certificate: " +
           verification_words(verified, options.server_name);
  const auto reason = static_cast<unsigned long>(error.value());
  if (error.category() == asio::error::get_ssl_category() &&
      ERR_GET_REASON(reason) == SSL_R_WRONG_VERSION_NUMBER)
    return "tls: first record does not look like a TLS handshake";
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated)
    return "EOF";
  return error.category() == asio::error::get_ssl_category() ? "tls: " + go_words(error)
                                                             : go_words(error);
}

}  // namespace

asio::awaitable<tls_session> start_tls(std::shared_ptr<probe_run> run, tls_options options) {
  auto context = run->environment().tls_context(options.verify);
  if (!context)
    co_return no_session(context.error().detail);
  ERR_clear_error();
  tls_session session;
  session.stream = std::make_unique<tls_stream>(run->socket(), **context);
  SSL* ssl = session.stream->native_handle();
  if (!expect_name(ssl, options.server_name, options.verify) ||
      !offer_protocol(ssl, options.protocol))
    co_return no_session("tls: invalid server name");
  auto [error] =
      co_await session.stream->async_handshake(asio::ssl::stream_base::client, as_result);
  if (error)
    co_return no_session(handshake_words(ssl, error, options));
  co_return session;
}

}  // namespace troupe::actors
