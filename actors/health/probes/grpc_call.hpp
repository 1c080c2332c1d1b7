// One unary gRPC call over HTTP/2 as a pure object on libnghttp2: bytes in, bytes out, then a
// status and a message. It opens no connection and keeps no time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace troupe::actors {

// grpc.io's status codes, those that we name ourselves.
enum class grpc_code : int { ok = 0, unknown = 2, unavailable = 14, internal = 13 };

struct grpc_outcome {
  int code = static_cast<int>(grpc_code::unknown);
  std::string detail;
  std::string message;  // of the answer, without its frame
};

struct grpc_request {
  std::string_view authority;  // host:port
  std::string_view path;       // /package.Service/Method
  std::string_view message;    // serialised
  bool tls = false;
};

class grpc_call {
 public:
  explicit grpc_call(const grpc_request& request);
  ~grpc_call();
  grpc_call(const grpc_call&) = delete;
  grpc_call& operator=(const grpc_call&) = delete;

  // To be sent now; empty: nothing.
  std::string take_output();

  // What has arrived. False: the peer does not speak HTTP/2 properly; see protocol_error().
  bool receive(std::string_view bytes);

  bool is_done() const;
  const std::string& protocol_error() const;

  // Once it is done: "code" is 0 only if a whole message came.
  grpc_outcome outcome() const;

 private:
  void submit(const grpc_request& request);

  struct state;  // what libnghttp2's callbacks work on
  std::unique_ptr<state> state_;
};

// "Unavailable", "NotFound", ...: Go's names; "Code(99)" for others.
std::string grpc_code_name(int code);

}  // namespace troupe::actors
