#include "storage/data_directory.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "storage/environment.hpp"

namespace troupe::storage {

using messages::errc;
using messages::failure;
using messages::result;

namespace {

constexpr int private_mode = 0600;
constexpr std::size_t small_file_bytes_max = 4096;

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

failure file_failure(int error, std::string_view doing, const std::filesystem::path& path) {
  return lmdb_failure(error, doing, path);
}

owned_descriptor::~owned_descriptor() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

result<data_directory> data_directory::open(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error)
    return file_failure(error.value(), "creating", path);
  const auto file = path / "lock";
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, private_mode);
  if (lock < 0)
    return file_failure(errno, "opening", file);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const int why = errno;
    ::close(lock);
    if (why == EWOULDBLOCK)
      return failure{errc::conflict,
                     "the data directory " + path.string() + " is in use by another process"};
    return file_failure(why, "locking", file);
  }
  return data_directory(path, lock);
}

data_directory::data_directory(data_directory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

data_directory::~data_directory() {
  if (lock_ >= 0)
    ::close(lock_);
}

result<void> write_durably(const std::filesystem::path& file, std::string_view content) {
  auto temporary = file;
  temporary += ".tmp";
  {
    const owned_descriptor out(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, private_mode));
    if (!out.valid() || !write_all(out.value(), content) || ::fsync(out.value()) != 0)
      return file_failure(errno, "writing", temporary);
  }
  if (::rename(temporary.c_str(), file.c_str()) != 0)
    return file_failure(errno, "writing", file);
  return sync_directory(file.parent_path());
}

result<void> sync_directory(const std::filesystem::path& directory) {
  const owned_descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.valid() || ::fsync(opened.value()) != 0)
    return file_failure(errno, "syncing", directory);
  return {};
}

std::string read_small_file(const std::filesystem::path& file) {
  const owned_descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in.valid())
    return {};
  std::string content(small_file_bytes_max, '\0');
  const ssize_t size = ::read(in.value(), content.data(), content.size());
  content.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return content;
}

}  // namespace troupe::storage
