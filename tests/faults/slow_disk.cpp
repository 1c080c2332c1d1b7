// Stands between an agent and the C library (LD_PRELOAD) and makes whatever waits for the disk wait
// longer: fsync, fdatasync, msync, and writes to a file that was opened for synchronous writes.
// What it adds is a number of microseconds in the file that SLOW_DISK names, shared by all who map
// it: writing another number into the file makes the disk of a running agent slow, or fast again.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

using delay_us = std::atomic<std::uint32_t>;
static_assert(delay_us::is_always_lock_free);

delay_us* map_delay() {
  static delay_us none{0};
  const char* name = std::getenv("SLOW_DISK");
  const int file = name == nullptr ? -1 : open(name, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return &none;
  void* at = mmap(nullptr, sizeof(delay_us), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  return at == MAP_FAILED ? &none : static_cast<delay_us*>(at);
}

void wait_for_the_disk() {
  static delay_us* const added = map_delay();
  const auto us = added->load(std::memory_order_relaxed);
  if (us == 0)
    return;
  const timespec rest{.tv_sec = us / 1'000'000, .tv_nsec = us % 1'000'000 * 1000L};
  nanosleep(&rest, nullptr);
}

bool is_synchronous(int file) {
  return (fcntl(file, F_GETFL) & O_DSYNC) != 0;
}

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int fsync(int file) {
  static const auto next = real<int (*)(int)>("fsync");
  wait_for_the_disk();
  return next(file);
}

int fdatasync(int file) {
  static const auto next = real<int (*)(int)>("fdatasync");
  wait_for_the_disk();
  return next(file);
}

int msync(void* from, size_t size, int flags) {
  static const auto next = real<int (*)(void*, size_t, int)>("msync");
  if ((flags & MS_SYNC) != 0)
    wait_for_the_disk();
  return next(from, size, flags);
}

ssize_t pwrite(int file, const void* from, size_t size, off_t at) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  if (is_synchronous(file))
    wait_for_the_disk();
  return next(file, from, size, at);
}

ssize_t pwrite64(int file, const void* from, size_t size, off64_t at) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  if (is_synchronous(file))
    wait_for_the_disk();
  return next(file, from, size, at);
}

ssize_t pwritev(int file, const iovec* from, int count, off_t at) {
  static const auto next = real<ssize_t (*)(int, const iovec*, int, off_t)>("pwritev");
  if (is_synchronous(file))
    wait_for_the_disk();
  return next(file, from, count, at);
}

}  // extern "C"
