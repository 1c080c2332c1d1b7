// A client of a few lines over a blocking socket: sends bytes as they are, reads whole answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace troupe::gateway::testing {

struct answer {
  unsigned status = 0;
  std::string head;
  std::string body;

  bool has(std::string_view line) const { return head.find(line) != std::string::npos; }
};

class http_client {
 public:
  explicit http_client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    timeval limit{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  ~http_client() { ::close(fd_); }
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  bool connected() const { return connected_; }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0)
        return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  void end_sending() { ::shutdown(fd_, SHUT_WR); }

  // One whole answer; nothing: the connection ended or nothing came. `no_body`: to a HEAD.
  std::optional<answer> receive(bool no_body = false) {
    while (buffer_.find("\r\n\r\n") == std::string::npos)
      if (!read_some())
        return std::nullopt;
    answer read;
    const auto end = buffer_.find("\r\n\r\n") + 4;
    read.head = buffer_.substr(0, end);
    buffer_.erase(0, end);
    read.status = static_cast<unsigned>(std::atoi(read.head.c_str() + 9));
    const auto told = read.head.find("Content-Length: ");
    const auto length =
        told == std::string::npos || no_body ? 0 : std::strtoul(&read.head[told + 16], nullptr, 10);
    while (buffer_.size() < length)
      if (!read_some())
        return std::nullopt;
    read.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return read;
  }

  std::optional<answer> get(std::string_view target, std::string_view headers = "") {
    send("GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(headers) + "\r\n");
    return receive();
  }

  std::optional<answer> put(std::string_view target, std::string_view body) {
    send("PUT " + std::string(target) +
         " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
    send(body);
    return receive();
  }

  // So many bytes as they come; fewer if the connection ended or nothing came.
  std::string take(std::size_t count) {
    while (buffer_.size() < count && read_some()) {
    }
    auto taken = buffer_.substr(0, count);
    buffer_.erase(0, taken.size());
    return taken;
  }

  // Whether the server has closed its side and nothing is left to read.
  bool is_closed() { return buffer_.empty() && !read_some() && ended_; }

 private:
  bool read_some() {
    char bytes[65536];
    const auto got = ::recv(fd_, bytes, sizeof bytes, 0);
    if (got <= 0) {
      ended_ = got == 0 || errno == ECONNRESET;
      return false;
    }
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  int fd_;
  bool connected_ = false;
  bool ended_ = false;
  std::string buffer_;
};

}  // namespace troupe::gateway::testing
