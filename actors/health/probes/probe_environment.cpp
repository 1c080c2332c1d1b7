#include "actors/health/probes/probe_environment.hpp"

#include <utility>

#include <openssl/err.h>

namespace troupe::actors {

using messages::errc;
using messages::failure;
using messages::result;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;

probe_environment::probe_environment(boost::asio::io_context& io, probe_settings settings)
    : io_(&io), settings_(std::move(settings)) {}

result<ssl::context*> probe_environment::tls_context(bool verify) {
  auto& context = verify ? verifying_ : trusting_;
  if (context)
    return &*context;
  ERR_clear_error();  // what others left there would be taken for ours
  try {
    context.emplace(ssl::context::tls_client);
  } catch (const boost::system::system_error& why) {
    return failure{errc::io, why.what()};
  }
  if (auto done = configure(*context, verify); !done) {
    context.reset();  // the files may be right the next time
    return done.error();
  }
  return &*context;
}

result<void> probe_environment::configure(ssl::context& context, bool verify) const {
  error_code error;
  const auto failed = [&error](const std::string& file) {
    return failure{errc::io, "tls: " + file + ": " + error.message()};
  };
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  // A server that just closes has said all: bodies have a length of their own.
  SSL_CTX_set_options(context.native_handle(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (!settings_.cert_file.empty()) {
    context.use_certificate_chain_file(settings_.cert_file, error);
    if (error)
      return failed(settings_.cert_file);
    context.use_private_key_file(settings_.key_file, ssl::context::pem, error);
    if (error)
      return failed(settings_.key_file);
  }
  context.set_verify_mode(verify ? ssl::verify_peer : ssl::verify_none, error);
  if (!verify)
    return {};
  if (settings_.ca_file.empty())
    context.set_default_verify_paths(error);
  else
    context.load_verify_file(settings_.ca_file, error);
  if (error)
    return failed(settings_.ca_file.empty() ? "system roots" : settings_.ca_file);
  return {};
}

}  // namespace troupe::actors
