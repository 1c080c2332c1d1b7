// One LMDB environment: a directory (or a snapshot file, read only), its map and its open tables.
// Knows nothing of what the tables hold (tables.hpp) nor how they are read (transaction.hpp).
//
// May be used from several threads: LMDB has many readers and one writer at a time. A transaction
// belongs to one thread at a time and must end before its environment.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "messages/result.hpp"

struct MDB_env;

namespace troupe::storage {

enum class durability {
  every_commit,  // a commit that succeeded survives a power cut
  process_only,  // it survives the end of the process, not of the machine
};

struct environment_options {
  std::filesystem::path path;  // a directory, made if it is not there; a file if read_only_file
  std::size_t map_bytes = 0;
  durability sync = durability::every_commit;
  std::span<const char* const> tables;  // a table's slot is its place in this list
  bool read_only_file = false;
};

class environment {
 public:
  // Fails with errc::corrupt (not one of our files, cut short, another version) or errc::io (no
  // permission, no space), naming the file.
  static messages::result<std::unique_ptr<environment>> open(const environment_options& options);

  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;
  ~environment();

  // Makes everything committed durable, whatever the durability of its commits.
  messages::result<void> sync();
  // Writes a compacted copy of one moment's state; may run beside a writer.
  messages::result<void> copy_to(int file_descriptor) const;

  MDB_env* handle() const { return env_; }
  // Unset: a read-only file has no such table.
  std::optional<unsigned> table(std::size_t slot) const { return tables_[slot]; }
  const std::filesystem::path& path() const { return path_; }

 private:
  environment(MDB_env* env, std::filesystem::path path) : env_(env), path_(std::move(path)) {}

  int open_file(const environment_options& options);
  int open_tables(const environment_options& options);
  messages::result<void> fill_to_last_page() const;

  MDB_env* env_;
  std::filesystem::path path_;
  std::vector<std::optional<unsigned>> tables_;
};

// What an LMDB or errno code means, e.g. "writing /data/log: no space left on the disk".
messages::failure lmdb_failure(int code, std::string_view doing, const std::filesystem::path& path);

}  // namespace troupe::storage
