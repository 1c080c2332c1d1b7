// What a command of the program is: a name of one or more words, a line for the list, and a
// function.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/go_flags.hpp"

namespace troupe::gateway::cli {

// Where a command reads and writes; tests give their own.
struct terminal {
  std::function<void(std::string_view)> out;
  std::function<void(std::string_view)> err;
  std::function<std::string()> read_input;  // standard input, whole
};

struct command {
  std::string_view name;      // "kv get"
  std::string_view synopsis;  // one line
  std::string_view usage;     // "Usage: consul kv get [options] [KEY_OR_PREFIX]" and what it does
  // Gets what stands behind the name. Returns the exit code.
  std::function<int(const command& self, const std::vector<std::string>& args,
                    const terminal& with)>
      run;
};

// All commands that talk to an agent; `agent` and `validate` come with the agent itself.
std::vector<command> kv_commands();
std::vector<command> catalog_commands();
std::vector<command> services_commands();
std::vector<command> agent_commands();  // members, info, leave, reload, monitor, version
std::vector<command> pool_commands();   // join, force-leave, keyring, keygen
std::vector<command> event_commands();  // event, rtt
std::vector<command> operator_commands();

// Reads the flags. If the command is done by that (help was asked for, a flag was wrong) says what
// there is to say and returns the exit code.
std::optional<int> read_flags(const command& self, messages::go_flags& flags,
                              const std::vector<std::string>& args, const terminal& with);

// Says why the words behind the flags are wrong, if there is more to say than the help, and the
// help; the exit code.
int wrong_words(const command& self, const messages::go_flags& flags, std::string_view why,
                const terminal& with);

}  // namespace troupe::gateway::cli
