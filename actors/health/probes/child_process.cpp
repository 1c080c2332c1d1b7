#include "actors/health/probes/child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <fmt/core.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace troupe::actors {

namespace {

using messages::errc;
using messages::failure;
using messages::result;

// Frees what posix_spawn's two option objects hold.
struct spawn_options {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};

  spawn_options() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
  }
  spawn_options(const spawn_options&) = delete;
  spawn_options& operator=(const spawn_options&) = delete;
  ~spawn_options() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
};

// A group of its own; signals as a fresh program expects them; no descriptor of ours but the pipe.
void prepare(spawn_options& options, int output) {
  posix_spawn_file_actions_addopen(&options.files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&options.files, output, 1);
  posix_spawn_file_actions_adddup2(&options.files, output, 2);
  posix_spawn_file_actions_addclosefrom_np(&options.files, 3);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&options.attributes, &none);
  posix_spawnattr_setsigdefault(&options.attributes, &all);
  posix_spawnattr_setpgroup(&options.attributes, 0);
  posix_spawnattr_setflags(&options.attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

failure not_started(const std::string& program, int error) {
  std::string why = std::strerror(error);  // NOLINT(concurrency-mt-unsafe): glibc's is safe
  why.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(why.front())));
  if (error == ENOENT && program.find('/') == std::string::npos)
    return {errc::io, fmt::format("exec: \"{}\": executable file not found in $PATH", program)};
  return {errc::io, fmt::format("fork/exec {}: {}", program, why)};
}

}  // namespace

result<child_process> start_child(const std::vector<std::string>& arguments) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return not_started(arguments.front(), errno);
  spawn_options options;
  prepare(options, ends[1]);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const auto& argument : arguments)
    argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);

  child_process child;
  const int error = posix_spawnp(&child.pid, argv.front(), &options.files, &options.attributes,
                                 argv.data(), environ);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    return not_started(arguments.front(), error);
  }
  child.output_descriptor = ends[0];
  child.exit_descriptor = static_cast<int>(syscall(SYS_pidfd_open, child.pid, 0));
  if (child.exit_descriptor < 0) {
    const int failed = errno;
    kill_group(child.pid);
    take_exit_code(child.pid);
    close(ends[0]);
    return not_started(arguments.front(), failed);
  }
  return child;
}

int take_exit_code(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR)
      return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void kill_group(pid_t pid) {
  if (pid > 1)
    kill(-pid, SIGKILL);
}

}  // namespace troupe::actors
