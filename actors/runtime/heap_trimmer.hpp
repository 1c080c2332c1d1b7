// Gives memory back to the system after a burst. The allocator (glibc's) keeps the pages of freed
// blocks that have blocks in use behind them, so a process stays as large as it once was: after a
// large pool has started, a snapshot was installed, a flood of requests is over.
#pragma once

#include <chrono>
#include <cstddef>

#include "actors/runtime/io_thread.hpp"

namespace troupe::actors {

// One a process.
class heap_trimmer {
 public:
  static constexpr auto interval = std::chrono::seconds{10};

  // To be called each interval. Once the heap has settled and much more of it lies free than the
  // last time left, it trims: some milliseconds for each 100 MB, in which threads that allocate
  // wait. Returns whether it did.
  bool look();

 private:
  std::size_t last_in_use_ = 0;
  std::size_t free_left_ = 0;  // what no trim gives back: between blocks in use
};

// Each interval, as long as the thread runs.
void keep_heap_trimmed(io_thread& on);

}  // namespace troupe::actors
