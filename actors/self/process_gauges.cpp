#include "actors/self/process_gauges.hpp"

#include <fstream>
#include <string>

#include <malloc.h>
#include <unistd.h>

#include "messages/version.hpp"

namespace troupe::actors {

process_gauges::process_gauges(metrics_registry& metrics)
    : allocated_(metrics.gauge({"runtime.alloc_bytes"}, "Memory in use, in bytes.")),
      from_system_(metrics.gauge({"runtime.sys_bytes"}, "Memory got from the system, in bytes.")),
      resident_(metrics.gauge({"runtime.resident_bytes"}, "Memory of it that is resident.")) {
  metrics
      .gauge({"version", {{"pre_release", ""}, {"version", std::string(messages::consul_version)}}},
             "The version of the API; always 1.")
      .set(1);
}

void process_gauges::update() {
  const auto heap = ::mallinfo2();
  allocated_.set(static_cast<double>(heap.uordblks + heap.hblkhd));
  from_system_.set(static_cast<double>(heap.arena + heap.hblkhd));
  std::ifstream pages("/proc/self/statm");
  double whole = 0;
  double resident = 0;
  if (pages >> whole >> resident)
    resident_.set(resident * static_cast<double>(::sysconf(_SC_PAGESIZE)));
}

}  // namespace troupe::actors
