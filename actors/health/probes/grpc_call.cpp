#include "actors/health/probes/grpc_call.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/core.h>
#include <nghttp2/nghttp2.h>

#include "messages/ensure.hpp"
#include "messages/limits.hpp"

namespace troupe::actors {

using messages::ensure;

namespace {

constexpr std::size_t frame_prefix_bytes = 5;  // flag and length, gRPC over HTTP/2
constexpr std::size_t message_bytes_max = std::size_t{64} << 10;  // a health answer has two bytes

std::string framed(std::string_view message) {
  std::string frame(frame_prefix_bytes, '\0');
  for (int i = 0; i < 4; ++i)
    frame[static_cast<std::size_t>(4 - i)] = static_cast<char>((message.size() >> (8 * i)) & 0xFFU);
  return frame.append(message);
}

nghttp2_nv header(std::string_view name, std::string_view value) {
  // libnghttp2 copies both and does not write to them.
  return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(),
          value.size(), NGHTTP2_NV_FLAG_NONE};
}

// grpc-message is percent-encoded.
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr ==
            text.data() + i + 3) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// doc/http-grpc-status-mapping.md of gRPC.
int code_of_http(int status) {
  constexpr int unimplemented = 12;
  if (status == 404)
    return unimplemented;
  const bool try_later = status == 429 || (status >= 502 && status <= 504);
  return static_cast<int>(try_later ? grpc_code::unavailable : grpc_code::unknown);
}

}  // namespace

struct grpc_call::state {
  nghttp2_session* session = nullptr;
  std::string to_send;  // of the request's body
  std::size_t sent = 0;
  int http_status = 0;
  std::optional<int> grpc_status;
  std::string grpc_message;
  std::string content_type;
  std::string body;
  std::size_t received = 0;
  bool closed = false;
  std::uint32_t reset_code = 0;
  std::string error;

  ~state() { nghttp2_session_del(session); }

  void on_header(std::string_view name, std::string_view value) {
    if (name == ":status") {
      std::from_chars(value.data(), value.data() + value.size(), http_status);
    } else if (name == "grpc-status") {
      int code = static_cast<int>(grpc_code::unknown);
      std::from_chars(value.data(), value.data() + value.size(), code);
      grpc_status = code;
    } else if (name == "grpc-message") {
      grpc_message = percent_decoded(value.substr(0, message_bytes_max));
    } else if (name == "content-type") {
      content_type = value.substr(0, 256);
    }
  }
};

grpc_call::grpc_call(const grpc_request& request) : state_(std::make_unique<state>()) {
  state_->to_send = framed(request.message);
  nghttp2_session_callbacks* callbacks = nullptr;
  ensure(nghttp2_session_callbacks_new(&callbacks) == 0);
  nghttp2_session_callbacks_set_on_header_callback(
      callbacks,
      [](nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_bytes,
         const std::uint8_t* value, std::size_t value_bytes, std::uint8_t, void* user) {
        static_cast<state*>(user)->on_header({reinterpret_cast<const char*>(name), name_bytes},
                                             {reinterpret_cast<const char*>(value), value_bytes});
        return 0;
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      callbacks, [](nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t* data,
                    std::size_t bytes, void* user) {
        auto& body = static_cast<state*>(user)->body;
        body.append(reinterpret_cast<const char*>(data),
                    std::min(bytes, message_bytes_max - std::min(body.size(), message_bytes_max)));
        return 0;
      });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      callbacks, [](nghttp2_session*, std::int32_t, std::uint32_t code, void* user) {
        static_cast<state*>(user)->closed = true;
        static_cast<state*>(user)->reset_code = code;
        return 0;
      });
  ensure(nghttp2_session_client_new(&state_->session, callbacks, state_.get()) == 0);
  nghttp2_session_callbacks_del(callbacks);
  submit(request);
}

grpc_call::~grpc_call() = default;

void grpc_call::submit(const grpc_request& request) {
  ensure(nghttp2_submit_settings(state_->session, NGHTTP2_FLAG_NONE, nullptr, 0) == 0);
  const std::array<nghttp2_nv, 7> headers{
      header(":method", "POST"),
      header(":scheme", request.tls ? "https" : "http"),
      header(":path", request.path),
      header(":authority", request.authority),
      header("content-type", "application/grpc"),
      header("user-agent", "Consul Health Check"),
      header("te", "trailers"),
  };
  nghttp2_data_provider body{};
  body.source.ptr = state_.get();
  body.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* buffer,
                          std::size_t bytes_max, std::uint32_t* flags, nghttp2_data_source* source,
                          void*) -> ssize_t {
    auto& self = *static_cast<state*>(source->ptr);
    const std::size_t bytes = std::min(bytes_max, self.to_send.size() - self.sent);
    std::copy_n(self.to_send.begin() + static_cast<std::ptrdiff_t>(self.sent), bytes, buffer);
    self.sent += bytes;
    if (self.sent == self.to_send.size())
      *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(bytes);
  };
  const auto stream = nghttp2_submit_request(state_->session, nullptr, headers.data(),
                                             headers.size(), &body, nullptr);
  ensure(stream > 0);
}

std::string grpc_call::take_output() {
  std::string out;
  for (;;) {
    const std::uint8_t* data = nullptr;
    const ssize_t bytes = nghttp2_session_mem_send(state_->session, &data);
    if (bytes <= 0)
      return out;
    out.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(bytes));
  }
}

bool grpc_call::receive(std::string_view bytes) {
  state_->received += bytes.size();
  if (state_->received > messages::limits::check_body_bytes_max) {
    state_->error = "answer is too large";
    return false;
  }
  const auto taken = nghttp2_session_mem_recv(
      state_->session, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (taken < 0) {
    state_->error = nghttp2_strerror(static_cast<int>(taken));
    return false;
  }
  // A peer that says goodbye with the stream unfinished.
  if (!state_->closed && nghttp2_session_want_read(state_->session) == 0 &&
      nghttp2_session_want_write(state_->session) == 0) {
    state_->error = "connection closed by HTTP/2 GOAWAY or protocol error";
    return false;
  }
  return true;
}

bool grpc_call::is_done() const {
  return state_->closed;
}

const std::string& grpc_call::protocol_error() const {
  return state_->error;
}

grpc_outcome grpc_call::outcome() const {
  const auto& s = *state_;
  if (!s.grpc_status && s.http_status != 0 && s.http_status != 200) {
    return {code_of_http(s.http_status),
            fmt::format("unexpected HTTP status code received from server: {}", s.http_status), ""};
  }
  if (!s.grpc_status && s.http_status == 200 && s.content_type.rfind("application/grpc", 0) != 0)
    return {static_cast<int>(grpc_code::unknown),
            fmt::format("unexpected HTTP status code received from server: 200 (OK); transport: "
                        "received unexpected content-type \"{}\"",
                        s.content_type),
            ""};
  if (!s.grpc_status)
    return {static_cast<int>(grpc_code::internal),
            s.reset_code == 0 ? "server closed the stream without sending trailers"
                              : fmt::format("stream terminated by RST_STREAM with error code: {}",
                                            nghttp2_http2_strerror(s.reset_code)),
            ""};
  if (*s.grpc_status != 0)
    return {*s.grpc_status, s.grpc_message, ""};
  if (s.body.size() < frame_prefix_bytes || s.body[0] != 0)
    return {static_cast<int>(grpc_code::internal),
            "cardinality violation: received no response message from non-server-streaming RPC",
            ""};
  return {0, "", s.body.substr(frame_prefix_bytes)};
}

std::string grpc_code_name(int code) {
  constexpr std::array<std::string_view, 17> names{
      "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
      "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
      "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
      "DataLoss", "Unauthenticated"};
  if (code >= 0 && code < static_cast<int>(names.size()))
    return std::string(names[static_cast<std::size_t>(code)]);
  return fmt::format("Code({})", code);
}

}  // namespace troupe::actors
