#include "bench/child_process.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/load_client.hpp"

namespace troupe::bench {

namespace {

void die_with_parent() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
}

}  // namespace

child child::program(const std::vector<std::string>& command) {
  const pid_t process = fork();
  if (process == 0) {
    die_with_parent();
    const int nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, STDOUT_FILENO);
    std::vector<char*> words;
    words.reserve(command.size() + 1);
    for (const auto& word : command)
      words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    execvp(words.front(), words.data());
    std::perror(words.front());
    _exit(127);
  }
  return child(process);
}

child child::function(const std::function<void()>& body) {
  const pid_t process = fork();
  if (process == 0) {
    die_with_parent();
    body();
    _exit(0);
  }
  return child(process);
}

child::child(child&& other) noexcept : process_(std::exchange(other.process_, 0)) {}

child::~child() {
  if (process_ == 0)
    return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

double child::cpu_seconds() const {
  std::ifstream file("/proc/" + std::to_string(process_) + "/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  std::string word;
  double ticks = 0;
  // Fields 14 and 15 of the line; the one behind the name is the third.
  for (int i = 3; i <= 15 && fields >> word; ++i) {
    if (i >= 14)
      ticks += std::atof(word.c_str());
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double child::resident_megabytes() const {
  std::ifstream file("/proc/" + std::to_string(process_) + "/statm");
  double pages = 0;
  file >> pages >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

bool child::running() const {
  return waitpid(process_, nullptr, WNOHANG) == 0;
}

int free_port() {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    std::perror("no free port");
  socklen_t size = sizeof address;
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  close(descriptor);
  return ntohs(address.sin_port);
}

int ask_once(int port, const std::string& request) {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  char answer[64] = {};
  if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      send(descriptor, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (recv(descriptor, answer, sizeof answer - 1, 0) <= 0)
      answer[0] = '\0';
  }
  close(descriptor);
  return answer[0] == 'H' ? std::atoi(answer + 9) : 0;
}

std::string answer_to(int port, const std::string& request) {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval limit{.tv_sec = 1, .tv_usec = 0};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  std::string text;
  if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      send(descriptor, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
    char buffer[16384];
    ssize_t count = 0;
    while ((count = recv(descriptor, buffer, sizeof buffer, 0)) > 0)
      text.append(buffer, static_cast<std::size_t>(count));
  }
  close(descriptor);
  return text;
}

std::string member_of(const std::string& json, const std::string& name) {
  const auto at = json.find('"' + name + "\":\"");
  if (at == std::string::npos)
    return {};
  const auto from = at + name.size() + 4;
  return json.substr(from, json.find('"', from) - from);
}

void wait_until_ready(int port, const std::string& target) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (ask_once(port, http_request("GET", target)) != 200) {
    if (std::chrono::steady_clock::now() > deadline) {
      std::fprintf(stderr, "no answer on port %d\n", port);
      std::exit(1);
    }
    usleep(500);
  }
}

}  // namespace troupe::bench
