// Durable copies of the state at one moment. A snapshot is a file
// snapshots/<index>-<term>.snapshot: a compacted LMDB file and behind it a footer with its length
// and its SHA-256. It is whole or it is not there: written under another name, synced, renamed. The
// newest two are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "messages/raft.pb.h"
#include "storage/data_directory.hpp"
#include "storage/raft_log.hpp"
#include "storage/transaction.hpp"

namespace troupe::storage {

inline constexpr std::size_t snapshots_kept = 2;

struct snapshot_file {
  std::filesystem::path path;
  log_position position;    // the last entry applied in it
  std::uint64_t bytes = 0;  // of the whole file
};

class snapshot_store {
 public:
  // Makes the directory and removes what a killed process left half done.
  static messages::result<snapshot_store> open(const data_directory& directory);

  // Copies the state of this moment; safe beside a writer, from any thread, one at a time.
  messages::result<snapshot_file> take(const environment& state) const;
  // Takes over a file that came from another server: checks it, makes it durable, moves it. It
  // counts for nothing until the log was reset to it; promote() or, after a crash, settle() then
  // keeps it.
  messages::result<snapshot_file> adopt(const std::filesystem::path& received) const;
  // Nothing happens to a snapshot that is kept already.
  messages::result<snapshot_file> promote(const snapshot_file& adopted) const;
  // Keeps what was adopted if the log was reset to it, else removes it. For the start.
  messages::result<void> settle(messages::log_index log_cut) const;

  // Newest first, by their names alone.
  std::vector<snapshot_file> list() const;
  // The newest whose content is what was written; `rejected` collects why newer ones are not it.
  std::optional<snapshot_file> newest_valid(std::vector<std::string>& rejected) const;
  // Where a file that is being received may be written.
  std::filesystem::path receiving_path() const { return directory_ / "received.tmp"; }

 private:
  explicit snapshot_store(std::filesystem::path directory) : directory_(std::move(directory)) {}
  messages::result<snapshot_file> publish(const std::filesystem::path& temporary,
                                          std::string_view extension) const;
  void remove_old() const;
  std::vector<snapshot_file> list(std::string_view extension) const;

  std::filesystem::path directory_;
};

// Fails with errc::corrupt if the file is not what was written, naming it.
messages::result<void> verify_snapshot(const std::filesystem::path& file);
// Replaces every row of the state by the snapshot's. The file must have been verified.
messages::result<void> load_snapshot(const std::filesystem::path& file, write_transaction& into);

}  // namespace troupe::storage
