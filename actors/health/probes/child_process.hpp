// A program started in a process group of its own, its output on a pipe. Owns nothing but numbers:
// whoever starts a child waits for it and closes its descriptors. Its environment is ours, its
// working directory too.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "messages/result.hpp"

namespace troupe::actors {

struct child_process {
  pid_t pid = -1;
  int exit_descriptor = -1;    // a pidfd: readable once the process has ended
  int output_descriptor = -1;  // reading end of its standard output and error
};

// Blocks until the program is loaded, not longer. Fails with errc::io in the words of Go's os/exec.
messages::result<child_process> start_child(const std::vector<std::string>& arguments);

// Takes the exit code of a process that has ended: 0-255, or -1 if a signal ended it.
int take_exit_code(pid_t pid);

// Kills every process of the child's group.
void kill_group(pid_t pid);

}  // namespace troupe::actors
