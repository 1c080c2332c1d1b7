// Programs that a benchmark runs beside itself, and what they cost.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace troupe::bench {

class child {
 public:
  // Another program; its output goes nowhere.
  static child program(const std::vector<std::string>& command);
  // A function of this program, in a process of its own.
  static child function(const std::function<void()>& body);

  child(child&& other) noexcept;
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  child& operator=(child&&) = delete;
  ~child();  // kill -9

  double cpu_seconds() const;  // user and system, so far
  double resident_megabytes() const;
  bool running() const;

 private:
  explicit child(pid_t process) : process_(process) {}
  pid_t process_;
};

int free_port();

// Waits until the server answers GET `target` with 200 and something that `good` accepts.
void wait_until_ready(int port, const std::string& target);

// One request on a connection of its own; the status, 0 without an answer.
int ask_once(int port, const std::string& request);

// The whole answer to a request that closes its connection; empty if there is none within a second.
std::string answer_to(int port, const std::string& request);

// The text value of a member of JSON whose name is unlike all others'; empty if there is none.
std::string member_of(const std::string& json, const std::string& name);

}  // namespace troupe::bench
