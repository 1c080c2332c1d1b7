// What all probes of one thread share: the io_context they run in and the TLS contexts, which are
// dear (a store of root certificates is some megabytes) and made when first needed.
#pragma once

#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

#include "messages/result.hpp"

namespace troupe::actors {

struct probe_settings {
  // Of the agent, where the configuration has enable_agent_tls_for_checks; empty: the system's
  // roots, no certificate of our own. Files in PEM.
  std::string ca_file;
  std::string cert_file;
  std::string key_file;
};

class probe_environment {
 public:
  probe_environment(boost::asio::io_context& io, probe_settings settings);

  boost::asio::io_context& io() { return *io_; }

  // Peers are verified in the one context, not in the other. Fails with errc::io if a file cannot
  // be used.
  messages::result<boost::asio::ssl::context*> tls_context(bool verify);

 private:
  messages::result<void> configure(boost::asio::ssl::context& context, bool verify) const;

  boost::asio::io_context* io_;
  probe_settings settings_;
  std::optional<boost::asio::ssl::context> verifying_;
  std::optional<boost::asio::ssl::context> trusting_;
};

}  // namespace troupe::actors
