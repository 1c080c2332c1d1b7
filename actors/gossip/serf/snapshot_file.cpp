#include "actors/gossip/serf/snapshot_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "messages/limits.hpp"

namespace troupe::actors::gossip::serf {

namespace {

using namespace messages;

constexpr std::size_t unflushed_bytes_max = std::size_t{64} * 1024;
constexpr mode_t owner_only = 0600;

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// False on an error of the disk.
bool read_all(int file, std::string& into) {
  std::size_t used = 0;
  while (used < into.size()) {
    const ssize_t got = ::read(file, into.data() + used, into.size() - used);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return false;
    if (got == 0)
      break;
    used += static_cast<std::size_t>(got);
  }
  into.resize(used);
  return true;
}

}  // namespace

snapshot_file::snapshot_file(std::string path) : path_(std::move(path)) {}

snapshot_file::~snapshot_file() {
  if (file_ >= 0)
    (void)flush();  // its loss is harmless, and nobody is left to be told
  close();
}

snapshot_file::snapshot_file(snapshot_file&& from) noexcept
    : path_(std::move(from.path_)),
      file_(std::exchange(from.file_, -1)),
      waiting_(std::move(from.waiting_)) {
  from.waiting_.clear();
}

result<std::string> snapshot_file::read(const std::string& path) {
  snapshot_file opened{path};
  opened.file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened.file_ < 0 && errno == ENOENT)
    return std::string{};
  struct stat about {};
  if (opened.file_ < 0 || ::fstat(opened.file_, &about) != 0)
    return opened.io_failure("read");
  const auto size = static_cast<std::size_t>(about.st_size);
  if (size > limits::snapshot_file_bytes_max)
    return failure{errc::too_large, fmt::format("{} is larger than any snapshot", path)};
  std::string text(size, '\0');
  if (!read_all(opened.file_, text))
    return opened.io_failure("read");
  return text;
}

result<void> snapshot_file::open() {
  std::error_code ignored;  // if it failed, opening fails and says why
  const auto folder = std::filesystem::path{path_}.parent_path();
  if (!folder.empty())
    std::filesystem::create_directories(folder, ignored);
  close();
  file_ = ::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, owner_only);
  if (file_ < 0)
    return io_failure("open");
  struct stat about {};
  if (::fstat(file_, &about) != 0)
    return io_failure("open");
  char last = '\n';
  if (about.st_size > 0 && ::pread(file_, &last, 1, about.st_size - 1) != 1)
    return io_failure("read");
  if (last != '\n')
    waiting_.insert(0, 1, '\n');
  return {};
}

result<void> snapshot_file::append(std::string_view lines) {
  waiting_ += lines;
  return waiting_.size() > unflushed_bytes_max ? flush() : result<void>{};
}

result<void> snapshot_file::flush() {
  if (waiting_.empty())
    return {};
  // What could not be written is not tried again: the disk is full, and lines must not pile up.
  const std::string bytes = std::exchange(waiting_, {});
  if (file_ < 0 || !write_all(file_, bytes))
    return io_failure("write");
  return {};
}

result<void> snapshot_file::rewrite(std::string_view text) {
  waiting_.clear();
  const std::string fresh_path = path_ + ".compact";
  const int fresh =
      ::open(fresh_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, owner_only);
  if (fresh < 0)
    return io_failure("rewrite");
  const bool is_written = write_all(fresh, text) && ::fsync(fresh) == 0;
  ::close(fresh);
  if (!is_written || ::rename(fresh_path.c_str(), path_.c_str()) != 0) {
    const failure why = io_failure("rewrite");
    ::unlink(fresh_path.c_str());
    return why;
  }
  return open();
}

failure snapshot_file::io_failure(const char* what) const {
  return {errc::io, fmt::format("cannot {} {}: {}", what, path_, std::strerror(errno))};
}

void snapshot_file::close() {
  if (file_ >= 0)
    ::close(std::exchange(file_, -1));
}

}  // namespace troupe::actors::gossip::serf
