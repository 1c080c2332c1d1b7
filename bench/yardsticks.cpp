#include "bench/yardsticks.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace troupe::bench {

namespace {

namespace fs = std::filesystem;
using clock = std::chrono::steady_clock;

double cpu_seconds(const std::vector<const child*>& servers) {
  double sum = 0;
  for (const auto* each : servers)
    sum += each->cpu_seconds();
  return sum;
}

}  // namespace

scratch_directory::scratch_directory() {
  std::string name = (fs::current_path() / "bench.XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    std::perror("mkdtemp");
    std::exit(1);
  }
  path_ = name;
}

scratch_directory::~scratch_directory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

measured measure(const std::vector<const child*>& servers, const load_options& options,
                 const std::function<std::string(std::uint64_t)>& request) {
  return measure(servers, [&] { return run_load(options, request); });
}

measured measure(const std::vector<const child*>& servers,
                 const std::function<load_report()>& run) {
  const double before = cpu_seconds(servers);
  auto load = run();
  const double cpu_us = (cpu_seconds(servers) - before) * 1e6 / static_cast<double>(load.answers);
  return {std::move(load), cpu_us};
}

void print(const char* what, const measured& m) {
  std::printf("%-34s %9.0f /s  %6.1f us CPU  p50 %5.0f us  p99 %6.0f us  errors %llu\n", what,
              m.load.rate(), m.cpu_us, m.load.percentile_us(0.5), m.load.percentile_us(0.99),
              static_cast<unsigned long long>(m.load.errors));
  std::fflush(stdout);
}

double synced_writes_per_second(const fs::path& directory, double seconds) {
  const int file = open((directory / "yardstick").c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
  const std::string block(4096, 'y');
  const auto began = clock::now();
  int count = 0;
  double passed = 0;
  while (passed < seconds) {
    if (pwrite(file, block.data(), block.size(), static_cast<off_t>(count % 1024) * 4096) < 0 ||
        fdatasync(file) != 0)
      std::exit(1);
    ++count;
    passed = std::chrono::duration<double>(clock::now() - began).count();
  }
  close(file);
  return count / passed;
}

}  // namespace troupe::bench
