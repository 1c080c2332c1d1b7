#include "bench/load_client.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace troupe::bench {

namespace {

using clock = std::chrono::steady_clock;

struct connection {
  int descriptor = -1;
  std::string received;
  std::size_t answer_bytes = 0;  // of the whole answer; 0: its head is not complete yet
  clock::time_point asked_at;
};

std::size_t content_length(std::string_view head) {
  constexpr std::string_view name = "\r\ncontent-length:";
  const auto found = std::search(head.begin(), head.end(), name.begin(), name.end(),
                                 [](char a, char b) { return std::tolower(a) == b; });
  return found == head.end() ? 0 : std::strtoul(&*found + name.size(), nullptr, 10);
}

bool answer_is_whole(connection& each) {
  if (each.answer_bytes == 0) {
    const auto end = each.received.find("\r\n\r\n");
    if (end == std::string::npos)
      return false;
    each.answer_bytes =
        end + 4 + content_length(std::string_view(each.received).substr(0, end + 2));
  }
  return each.received.size() >= each.answer_bytes;
}

class load {
 public:
  load(const load_options& options, const std::function<std::string(std::uint64_t)>& request)
      : request_(request), poll_(epoll_create1(0)), connections_(options.connections) {
    for (auto& each : connections_) {
      each.descriptor = connect_to(options.port);
      epoll_event event{.events = EPOLLIN, .data = {.ptr = &each}};
      epoll_ctl(poll_, EPOLL_CTL_ADD, each.descriptor, &event);
    }
  }

  load_report run(double seconds) {
    const auto began = clock::now();
    const auto end =
        began + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds));
    for (auto& each : connections_)
      ask(each);
    std::vector<epoll_event> events(connections_.size());
    while (clock::now() < end) {
      const int ready = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 1000);
      for (int i = 0; i < ready; ++i)
        receive(*static_cast<connection*>(events[i].data.ptr));
    }
    report_.seconds = std::chrono::duration<double>(clock::now() - began).count();
    for (auto& each : connections_)
      close(each.descriptor);
    close(poll_);
    std::sort(report_.latencies_us.begin(), report_.latencies_us.end());
    return std::move(report_);
  }

 private:
  void ask(connection& to) {
    const std::string text = request_(sent_++);
    to.received.clear();
    to.answer_bytes = 0;
    to.asked_at = clock::now();
    if (send(to.descriptor, text.data(), text.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(text.size()))
      ++report_.errors;
  }

  void receive(connection& from) {
    char buffer[16384];
    const ssize_t count = read(from.descriptor, buffer, sizeof buffer);
    if (count <= 0) {
      std::fprintf(stderr, "the server closed a connection\n");
      std::exit(1);
    }
    from.received.append(buffer, static_cast<std::size_t>(count));
    if (!answer_is_whole(from))
      return;
    ++report_.answers;
    if (from.received.compare(9, 3, "200") != 0)
      ++report_.errors;
    const auto took =
        std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - from.asked_at);
    report_.latencies_us.push_back(static_cast<std::uint32_t>(took.count()));
    ask(from);
  }

  const std::function<std::string(std::uint64_t)>& request_;
  int poll_;
  std::vector<connection> connections_;
  std::uint64_t sent_ = 0;
  load_report report_;
};

}  // namespace

int connect_to(int port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    std::perror("connect");
    std::exit(1);
  }
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
}

double load_report::percentile_us(double share) const {
  if (latencies_us.empty())
    return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(latencies_us.size() - 1));
  return latencies_us[at];
}

load_report run_load(const load_options& options,
                     const std::function<std::string(std::uint64_t n)>& request) {
  return load(options, request).run(options.seconds);
}

std::string http_request(const std::string& method, const std::string& target,
                         const std::string& body) {
  std::string text =
      method + ' ' + target + " HTTP/1.1\r\nHost: 127.0.0.1:8500\r\nUser-Agent: load\r\n";
  if (!body.empty() || method == "PUT")
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "Accept-Encoding: gzip\r\n\r\n" + body;
}

}  // namespace troupe::bench
