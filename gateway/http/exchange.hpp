// The seam between connections and the gateway of the same io_thread, so that neither's library
// (Beast, CAF) is seen by the other. Everything here happens on that one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "gateway/http/api_request.hpp"
#include "gateway/http/api_response.hpp"
#include "gateway/http/body_stream.hpp"
#include "gateway/http/routes.hpp"

namespace troupe::gateway {

// A connection's present request. A connection has one at a time.
class exchange {
 public:
  api_request request;
  std::uint64_t ticket = 0;     // set by the gateway while somebody is being asked
  route_handler run = nullptr;  // set by begin(), as is the route that it is of
  const route* found = nullptr;
  std::chrono::steady_clock::time_point began{};  // when handle() was called
  bool may_block = false;  // a blocking query: its answer is of no use to a client that is gone

  // Called exactly once for each handle(), perhaps before handle() returns.
  virtual void respond(api_response response) = 0;
  // Instead of respond(): the body is what the stream gives, until the client hangs up. The
  // response has none of its own.
  virtual void respond_with(api_response head, std::unique_ptr<body_stream> body) = 0;

 protected:
  ~exchange() = default;
};

// What is known of a request once its header is there.
struct beginning {
  std::size_t body_bytes_max = 0;
  // The answer, whatever the body says. The connection sends it instead of calling handle().
  std::optional<api_response> early;
};

class http_gateway {
 public:
  virtual ~http_gateway() = default;

  // The header is there, the body is not: finds the route.
  virtual beginning begin(exchange& what) = 0;
  // The body turned out longer than body_bytes_max.
  virtual api_response too_large(const exchange& what, std::size_t bytes) const = 0;
  virtual void handle(exchange& what) = 0;
  // The client is gone: respond() must not be called any more.
  virtual void abandon(exchange& what) = 0;
  // The last touch of every response, also of those that a connection makes itself.
  virtual void finish(api_response& response, const api_request& request) const = 0;
};

}  // namespace troupe::gateway
