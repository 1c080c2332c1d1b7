#include "bench/grpc_load.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <arpa/inet.h>
#include <nghttp2/nghttp2.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace troupe::bench {

namespace {

using clock = std::chrono::steady_clock;

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "gRPC load: %s\n", what);
  std::exit(1);
}

void must(bool is_good, const char* what) {
  if (!is_good)
    give_up(what);
}

// A message behind its flag and its length, as gRPC sends it.
std::string framed(const std::string& message) {
  const auto length = htonl(static_cast<std::uint32_t>(message.size()));
  std::string frame(5, '\0');
  std::memcpy(&frame[1], &length, sizeof length);
  return frame + message;
}

nghttp2_nv header(std::string_view name, std::string_view value) {
  // libnghttp2 copies both and does not write to them.
  return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(),
          value.size(), NGHTTP2_NV_FLAG_NONE};
}

struct call {
  std::string body;
  std::size_t sent = 0;
  bool succeeded = false;
  clock::time_point asked_at;
};

struct load_state {
  const grpc_load_options& options;
  const std::function<std::string(std::uint64_t)>& message;
  std::uint64_t asked = 0;
  std::uint64_t ended = 0;
  bool is_over = false;  // what is still under way is waited for and does not count
  load_report report;
};

class connection {
 public:
  explicit connection(load_state& all) : all_(all), descriptor_(connect_to(all.options.port)) {
    nghttp2_session_callbacks* callbacks = nullptr;
    must(nghttp2_session_callbacks_new(&callbacks) == 0, "no memory");
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    must(nghttp2_session_client_new(&session_, callbacks, this) == 0, "no memory");
    nghttp2_session_callbacks_del(callbacks);
    must(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0) == 0, "no settings");
  }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection() {
    nghttp2_session_del(session_);
    close(descriptor_);
  }

  int descriptor() const { return descriptor_; }

  void begin() {
    for (int i = 0; i < all_.options.calls; ++i)
      ask();
    send_waiting();
  }
  void receive() {
    std::array<std::uint8_t, 65536> buffer;
    const auto count = read(descriptor_, buffer.data(), buffer.size());
    must(count > 0, "the server closed a connection");
    must(
        nghttp2_session_mem_recv(session_, buffer.data(), static_cast<std::size_t>(count)) == count,
        "the server does not speak HTTP/2");
    send_waiting();
  }

 private:
  void ask() {
    auto made = std::make_unique<call>();
    made->body = framed(all_.message(all_.asked++));
    made->asked_at = clock::now();
    const std::array<nghttp2_nv, 6> headers{
        header(":method", "POST"),
        header(":scheme", "http"),
        header(":path", all_.options.path),
        header(":authority", "127.0.0.1"),
        header("content-type", "application/grpc"),
        header("te", "trailers"),
    };
    nghttp2_data_provider body{.source = {.ptr = made.get()}, .read_callback = on_read};
    const auto stream = nghttp2_submit_request(session_, nullptr, headers.data(), headers.size(),
                                               &body, made.get());
    must(stream > 0, "no more calls on a connection");
    calls_.emplace(stream, std::move(made));
  }

  void send_waiting() {
    const std::uint8_t* bytes = nullptr;
    std::string whole;
    for (ssize_t count = 0; (count = nghttp2_session_mem_send(session_, &bytes)) != 0;) {
      must(count > 0, "nothing can be sent");
      whole.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
    }
    for (std::size_t sent = 0; sent < whole.size();) {
      const auto count = send(descriptor_, &whole[sent], whole.size() - sent, MSG_NOSIGNAL);
      must(count > 0, "the server closed a connection");
      sent += static_cast<std::size_t>(count);
    }
  }

  void ended(std::int32_t stream) {
    const auto found = calls_.find(stream);
    if (found == calls_.end())
      return;
    const auto of = std::move(found->second);
    calls_.erase(found);
    ++all_.ended;
    if (all_.is_over)
      return;
    const auto took = clock::now() - of->asked_at;
    ++all_.report.answers;
    if (!of->succeeded)
      ++all_.report.errors;
    all_.report.latencies_us.push_back(static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
    ask();
  }

  static int on_header(nghttp2_session* session, const nghttp2_frame* frame,
                       const std::uint8_t* name, std::size_t name_bytes, const std::uint8_t* value,
                       std::size_t value_bytes, std::uint8_t, void*) {
    const std::string_view key{reinterpret_cast<const char*>(name), name_bytes};
    const std::string_view text{reinterpret_cast<const char*>(value), value_bytes};
    auto* of =
        static_cast<call*>(nghttp2_session_get_stream_user_data(session, frame->hd.stream_id));
    if (of != nullptr && key == "grpc-status")
      of->succeeded = text == "0";
    return 0;
  }
  static int on_close(nghttp2_session*, std::int32_t stream, std::uint32_t, void* user) {
    static_cast<connection*>(user)->ended(stream);
    return 0;
  }
  static ssize_t on_read(nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t room,
                         std::uint32_t* flags, nghttp2_data_source* source, void*) {
    auto& of = *static_cast<call*>(source->ptr);
    const auto count = std::min(room, of.body.size() - of.sent);
    std::memcpy(into, &of.body[of.sent], count);
    of.sent += count;
    if (of.sent == of.body.size())
      *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  }

  load_state& all_;
  int descriptor_;
  nghttp2_session* session_ = nullptr;
  std::unordered_map<std::int32_t, std::unique_ptr<call>> calls_;
};

}  // namespace

load_report run_grpc_load(const grpc_load_options& options,
                          const std::function<std::string(std::uint64_t n)>& message) {
  load_state all{.options = options, .message = message, .report = {}};
  const int poll = epoll_create1(0);
  std::vector<std::unique_ptr<connection>> connections;
  for (int i = 0; i < options.connections; ++i) {
    connections.push_back(std::make_unique<connection>(all));
    epoll_event event{.events = EPOLLIN, .data = {.ptr = connections.back().get()}};
    epoll_ctl(poll, EPOLL_CTL_ADD, connections.back()->descriptor(), &event);
  }
  const auto began = clock::now();
  const auto end = began + std::chrono::duration_cast<clock::duration>(
                               std::chrono::duration<double>(options.seconds));
  for (const auto& each : connections)
    each->begin();
  std::vector<epoll_event> events(connections.size());
  while (!all.is_over || all.ended < all.asked) {
    if (!all.is_over && clock::now() >= end) {
      all.is_over = true;
      all.report.seconds = std::chrono::duration<double>(clock::now() - began).count();
    }
    const int ready = epoll_wait(poll, events.data(), static_cast<int>(events.size()), 1000);
    for (int i = 0; i < ready; ++i)
      static_cast<connection*>(events[static_cast<std::size_t>(i)].data.ptr)->receive();
  }
  close(poll);
  std::sort(all.report.latencies_us.begin(), all.report.latencies_us.end());
  return std::move(all.report);
}

}  // namespace troupe::bench
