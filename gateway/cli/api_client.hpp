// The commands' way to an agent: one HTTP request at a time, waiting for the answer.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/go_flags.hpp"
#include "messages/result.hpp"

namespace troupe::gateway::cli {

struct http_answer {
  int status = 0;
  std::string body;
};

class api_client {
 public:
  // Declares the flags that every such command takes, with the environment as their defaults.
  void add_flags(messages::go_flags& flags);

  // `query` are names and values, escaped here; an empty value is written as a bare name. Fails
  // with errc::io and Go's words: `Get "http://...": dial tcp 127.0.0.1:8500: connect: connection
  // refused`.
  using parameters = std::vector<std::pair<std::string, std::string>>;
  messages::result<http_answer> request(const std::string& method, const std::string& path,
                                        parameters query = {}, const std::string& body = {}) const;

  // As request(), and any status but those in `accepted` is a failure too:
  // "Unexpected response code: 500 (why)".
  messages::result<http_answer> expect(const std::string& method, const std::string& path,
                                       parameters query = {}, const std::string& body = {},
                                       const std::vector<int>& accepted = {200}) const;

  // GET of an answer without an end: `show` gets its pieces as they come. Returns once the agent
  // has ended it. Fails as expect() does.
  messages::result<void> follow(const std::string& path, parameters query,
                                const std::function<void(std::string_view)>& show) const;

 private:
  struct destination {
    std::string host;
    std::string port;
    std::string unix_path;  // instead of host and port
    std::string base;       // "http://127.0.0.1:8500"
  };
  // As request(), over what `talk` does with the connection: it is one of converse's kind.
  template <class Talk>
  messages::result<http_answer> send(const std::string& method, const std::string& path,
                                     parameters query, const std::string& body,
                                     const Talk& talk) const;
  messages::result<destination> parse_address() const;
  messages::result<std::string> token() const;

  std::string http_addr_;
  std::string token_;
  std::string token_file_;
  std::string datacenter_;
  std::string ca_file_;
  std::string ca_path_;
  std::string client_cert_;
  std::string client_key_;
  std::string tls_server_name_;
  std::string namespace_;
  std::string partition_;
  bool stale_ = false;
};

// A path segment or query value, escaped as Go's url.PathEscape does; '/' stays if keep_slash.
std::string escape(std::string_view text, bool keep_slash);

}  // namespace troupe::gateway::cli
