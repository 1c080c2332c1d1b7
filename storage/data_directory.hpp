// The directory that holds everything a server keeps, and the proof that one process has it alone.
// README.md draws it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "messages/result.hpp"

namespace troupe::storage {

class data_directory {
 public:
  // Makes it if it is not there. Fails with errc::conflict if another process has it open, with
  // errc::io without permission. It stays locked until the object or the process is gone.
  static messages::result<data_directory> open(const std::filesystem::path& path);

  data_directory(data_directory&& other) noexcept;
  data_directory& operator=(data_directory&&) = delete;
  ~data_directory();

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path log() const { return path_ / "log"; }
  std::filesystem::path state() const { return path_ / "state"; }
  std::filesystem::path snapshots() const { return path_ / "snapshots"; }
  std::filesystem::path state_marker() const { return path_ / "state.trusted"; }

 private:
  data_directory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::filesystem::path path_;
  int lock_;
};

// Replaces a small file so that after a power cut it is the old or the new one, never half of it.
messages::result<void> write_durably(const std::filesystem::path& file, std::string_view content);
// Makes the names in a directory durable: what was created, renamed or removed there.
messages::result<void> sync_directory(const std::filesystem::path& directory);
// Empty if it is not there or cannot be read; at most 4 KiB.
std::string read_small_file(const std::filesystem::path& file);

// errc::io with the path and what the system says of `error`.
messages::failure file_failure(int error, std::string_view doing,
                               const std::filesystem::path& path);

// Closes a descriptor at the end of its scope.
class owned_descriptor {
 public:
  explicit owned_descriptor(int descriptor) : descriptor_(descriptor) {}
  owned_descriptor(const owned_descriptor&) = delete;
  owned_descriptor& operator=(const owned_descriptor&) = delete;
  ~owned_descriptor();

  bool valid() const { return descriptor_ >= 0; }
  int value() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace troupe::storage
