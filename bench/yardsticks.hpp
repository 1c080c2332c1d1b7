// What the benchmarks of real agents share: a place for data, a figure with what it costs, and the
// disk's own rate.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "bench/child_process.hpp"
#include "bench/load_client.hpp"

namespace troupe::bench {

// In the current directory, so on the disk that is to be measured; removed at the end.
class scratch_directory {
 public:
  scratch_directory();
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  ~scratch_directory();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct measured {
  load_report load;
  double cpu_us;  // of all servers together, a request
};

measured measure(const std::vector<const child*>& servers, const std::function<load_report()>& run);
// Of run_load().
measured measure(const std::vector<const child*>& servers, const load_options& options,
                 const std::function<std::string(std::uint64_t)>& request);

// One line of the table.
void print(const char* what, const measured& m);

// Writes a second that reach the disk one by one.
double synced_writes_per_second(const std::filesystem::path& directory, double seconds);

}  // namespace troupe::bench
