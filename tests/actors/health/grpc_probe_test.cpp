// The gRPC probe against a health server made of libnghttp2 alone.
#include <cstring>
#include <map>
#include <string>

#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include "actors/health/probes/grpc_call.hpp"
#include "messages/grpc_health.pb.h"
#include "probe_fixture.hpp"
#include "scripted_server.hpp"
#include "test_certificate.hpp"

namespace troupe::actors {
namespace {

using boost::asio::ip::tcp;
using messages::GrpcHealthResponse;

nghttp2_nv header(std::string_view name, std::string_view value) {
  return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(),
          value.size(), NGHTTP2_NV_FLAG_NONE};
}

// The server's half of one connection: bytes in, bytes out.
class health_session {
 public:
  using table = std::map<std::string, GrpcHealthResponse::ServingStatus>;

  explicit health_session(const table& services) : services_(&services) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks, [](nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t* data,
                      std::size_t bytes, void* self) {
          static_cast<health_session*>(self)->body_.append(reinterpret_cast<const char*>(data),
                                                           bytes);
          return 0;
        });
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks,
        [](nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_bytes,
           const std::uint8_t* value, std::size_t value_bytes, std::uint8_t, void* self) {
          static_cast<health_session*>(self)
              ->headers_[{reinterpret_cast<const char*>(name), name_bytes}] = {
              reinterpret_cast<const char*>(value), value_bytes};
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
          if (frame->hd.type == NGHTTP2_DATA && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
            static_cast<health_session*>(self)->answer(frame->hd.stream_id);
          return 0;
        });
    nghttp2_session_server_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  ~health_session() { nghttp2_session_del(session_); }
  health_session(const health_session&) = delete;
  health_session& operator=(const health_session&) = delete;

  bool receive(const char* data, std::size_t bytes) {
    return nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(data), bytes) >=
           0;
  }

  std::string output() {
    std::string out;
    const std::uint8_t* data = nullptr;
    for (ssize_t bytes = 0; (bytes = nghttp2_session_mem_send(session_, &data)) > 0;)
      out.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(bytes));
    return out;
  }

 private:
  void answer(std::int32_t stream) {
    messages::GrpcHealthRequest request;
    const bool sound = headers_[":path"] == "/grpc.health.v1.Health/Check" &&
                       headers_["content-type"] == "application/grpc" && body_.size() >= 5 &&
                       request.ParseFromString(body_.substr(5));
    const auto found = services_->find(request.service());
    if (!sound || found == services_->end()) {
      const nghttp2_nv trailers_only[] = {
          header(":status", "200"), header("content-type", "application/grpc"),
          header("grpc-status", sound ? "5" : "3"), header("grpc-message", "unknown%20service")};
      nghttp2_submit_response(session_, stream, trailers_only, 4, nullptr);
      return;
    }
    GrpcHealthResponse response;
    response.set_status(found->second);
    const auto message = response.SerializeAsString();
    answer_ = std::string(4, '\0') + static_cast<char>(message.size()) + message;
    const nghttp2_nv head[] = {header(":status", "200"),
                               header("content-type", "application/grpc")};
    nghttp2_data_provider body{};
    body.source.ptr = this;
    body.read_callback = [](nghttp2_session* session, std::int32_t id, std::uint8_t* out,
                            std::size_t, std::uint32_t* flags, nghttp2_data_source* source,
                            void*) -> ssize_t {
      const auto& text = static_cast<health_session*>(source->ptr)->answer_;
      std::memcpy(out, text.data(), text.size());
      *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const nghttp2_nv trailers[] = {header("grpc-status", "0")};
      nghttp2_submit_trailer(session, id, trailers, 1);
      return static_cast<ssize_t>(text.size());
    };
    nghttp2_submit_response(session_, stream, head, 2, &body);
  }

  const table* services_;
  nghttp2_session* session_ = nullptr;
  std::map<std::string, std::string> headers_;
  std::string body_;
  std::string answer_;
};

class grpc_server {
 public:
  grpc_server(boost::asio::io_context& io, boost::asio::ssl::context* tls = nullptr)
      : acceptor_(io, {boost::asio::ip::make_address("127.0.0.1"), 0}), tls_(tls) {
    boost::asio::co_spawn(io, serve(), boost::asio::detached);
  }

  std::string address() const {
    return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

  health_session::table services{{"", GrpcHealthResponse::SERVING},
                                 {"db", GrpcHealthResponse::NOT_SERVING},
                                 {"a/b", GrpcHealthResponse::SERVING}};

 private:
  static constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

  boost::asio::awaitable<void> serve() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(as_result);
      if (error)
        co_return;
      auto shared = std::make_shared<tcp::socket>(std::move(socket));
      boost::asio::co_spawn(acceptor_.get_executor(), talk(shared), boost::asio::detached);
    }
  }

  boost::asio::awaitable<void> talk(std::shared_ptr<tcp::socket> socket) {
    if (tls_ == nullptr) {
      co_await exchange(*socket);
      co_return;
    }
    boost::asio::ssl::stream<tcp::socket&> stream(*socket, *tls_);
    auto [error] =
        co_await stream.async_handshake(boost::asio::ssl::stream_base::server, as_result);
    if (!error)
      co_await exchange(stream);
  }

  template <class Stream>
  boost::asio::awaitable<void> exchange(Stream& stream) {
    health_session session(services);
    std::array<char, 4096> piece{};
    for (;;) {
      const auto output = session.output();
      co_await boost::asio::async_write(stream, boost::asio::buffer(output), as_result);
      auto [error, bytes] = co_await stream.async_read_some(boost::asio::buffer(piece), as_result);
      if (error || !session.receive(piece.data(), bytes))
        co_return;
    }
  }

  tcp::acceptor acceptor_;
  boost::asio::ssl::context* tls_;
};

class grpc_probe_test : public probe_fixture {
 protected:
  static messages::CheckDefinition to(const std::string& target) {
    messages::CheckDefinition definition;
    definition.set_grpc(target);
    return definition;
  }
};

TEST_F(grpc_probe_test, passes_only_where_the_server_says_serving) {
  grpc_server server(io_);
  const auto at = server.address();
  EXPECT_EQ(run(to(at)), (check_result{check_status::passing, "gRPC check " + at + ": success"}));
  EXPECT_EQ(run(to(at + "/a/b")),
            (check_result{check_status::passing, "gRPC check " + at + "/a/b: success"}));
  EXPECT_EQ(run(to(at + "/db")), (check_result{check_status::critical,
                                               "gRPC " + at + "/db serving status: NOT_SERVING"}));
  EXPECT_EQ(
      run(to(at + "/no")),
      (check_result{check_status::critical, "rpc error: code = NotFound desc = unknown service"}));
}

TEST_F(grpc_probe_test, tells_failures_in_gos_words) {
  EXPECT_EQ(run(to("127.0.0.1:1")),
            (check_result{check_status::critical,
                          "rpc error: code = Unavailable desc = connection error: desc = "
                          "\"transport: Error while dialing: dial tcp 127.0.0.1:1: connect: "
                          "connection refused\""}));
}

TEST_F(grpc_probe_test, gives_up_at_its_timeout) {
  scripted_server silent(io_, [](const auto&) { return std::nullopt; });
  auto definition = to(silent.address());
  definition.set_timeout(std::chrono::nanoseconds{std::chrono::milliseconds{200}}.count());
  EXPECT_EQ(run(definition).output,
            "rpc error: code = DeadlineExceeded desc = context deadline exceeded");
}

TEST_F(grpc_probe_test, is_critical_where_nobody_speaks_http2) {
  scripted_server old(io_, [](const auto&) { return "HTTP/1.1 400 Bad Request\r\n\r\n"; });
  const auto result = run(to(old.address()));
  EXPECT_EQ(result.status, check_status::critical);
  EXPECT_EQ(result.output.find("rpc error: code = Unavailable desc = connection error"), 0U)
      << result.output;
}

TEST_F(grpc_probe_test, speaks_tls_where_wanted) {
  const test_certificate certificate;
  const auto tls = certificate.server_context();
  SSL_CTX_set_alpn_select_cb(
      tls->native_handle(),
      [](SSL*, const unsigned char** out, unsigned char* bytes, const unsigned char* offered,
         unsigned offered_bytes, void*) {
        return nghttp2_select_next_protocol(const_cast<unsigned char**>(out), bytes, offered,
                                            offered_bytes) == 1
                   ? SSL_TLSEXT_ERR_OK
                   : SSL_TLSEXT_ERR_ALERT_FATAL;
      },
      nullptr);
  grpc_server server(io_, tls.get());
  auto definition = to(server.address());
  definition.set_grpc_use_tls(true);
  EXPECT_EQ(run(definition).status, check_status::critical) << "an unknown authority";
  definition.set_tls_skip_verify(true);
  EXPECT_EQ(run(definition).output, "gRPC check " + server.address() + ": success");
}

// Whatever a peer sends, in whatever pieces, the call neither breaks nor grows.
TEST(grpc_call, survives_any_bytes) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    std::srand(seed);
    grpc_call call({"x:1", "/a/b", "", false});
    call.take_output();
    bool sound = true;
    for (int piece = 0; piece < 50 && sound && !call.is_done(); ++piece) {
      std::string bytes(static_cast<std::size_t>(std::rand() % 64), '\0');
      for (auto& byte : bytes)
        byte = static_cast<char>(std::rand() % (seed % 2 == 0 ? 256 : 16));
      sound = call.receive(bytes);
      call.take_output();
    }
    EXPECT_FALSE(call.is_done() && call.outcome().code == 0);
  }
}

}  // namespace
}  // namespace troupe::actors
