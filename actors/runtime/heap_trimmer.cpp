#include "actors/runtime/heap_trimmer.hpp"

#include <algorithm>
#include <fstream>
#include <memory>

#include <malloc.h>
#include <unistd.h>

namespace troupe::actors {

namespace {

// Less is not worth a pause of all threads.
constexpr std::size_t worth_bytes_min = std::size_t{8} << 20;
constexpr std::size_t worth_share = 8;  // of what is in use, an eighth
constexpr std::size_t settled_share = 32;

// Without files: those are the system's to take back.
std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  std::size_t of_files = 0;
  if (!(file >> all >> resident >> of_files) || of_files > resident)
    return 0;
  return (resident - of_files) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::size_t bytes_in_use() {
  const auto heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

std::size_t free_resident(std::size_t in_use) {
  const auto resident = resident_bytes();
  return resident > in_use ? resident - in_use : 0;
}

void look_again(io_thread& on, const std::shared_ptr<heap_trimmer>& with) {
  on.post_after(heap_trimmer::interval, [&on, with] {
    with->look();
    look_again(on, with);
  });
}

}  // namespace

bool heap_trimmer::look() {
  const auto in_use = bytes_in_use();
  const auto change = std::max(in_use, last_in_use_) - std::min(in_use, last_in_use_);
  last_in_use_ = in_use;
  const auto free = free_resident(in_use);
  free_left_ = std::min(free_left_, free);
  if (change > in_use / settled_share ||
      free < free_left_ + std::max(worth_bytes_min, in_use / worth_share))
    return false;
  malloc_trim(0);
  free_left_ = free_resident(bytes_in_use());
  return true;
}

void keep_heap_trimmed(io_thread& on) {
  look_again(on, std::make_shared<heap_trimmer>());
}

}  // namespace troupe::actors
