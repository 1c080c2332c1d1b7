// What the machine says of itself, for operators: memory, processors, system and root file system,
// from /proc and /etc. It never waits for anything but these files.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "messages/metrics.pb.h"

namespace troupe::actors {

// The text of /proc/meminfo.
messages::HostMemory parse_meminfo(std::string_view text);
// Of /proc/cpuinfo: one a processor.
std::vector<messages::HostCpu> parse_cpuinfo(std::string_view text);
// Of /etc/os-release: name, family and version of the platform.
void parse_os_release(std::string_view text, messages::HostSystem& system);
// Of /proc/self/mounts: the type of what is mounted last on "/"; empty: nothing is.
std::string_view root_file_system(std::string_view text);

// What cannot be read is left out, and counted as an error.
messages::AgentHost read_host_facts(std::int64_t unix_now_ns);

}  // namespace troupe::actors
