#include "storage/environment.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <lmdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include "messages/limits.hpp"

namespace troupe::storage {

using messages::errc;
using messages::failure;
using messages::result;

namespace {

constexpr ::mdb_mode_t file_mode = 0600;  // the state holds secrets

std::filesystem::path data_file(const environment_options& options) {
  return options.read_only_file ? options.path : options.path / "data.mdb";
}

unsigned open_flags(const environment_options& options) {
  // Readers belong to transactions, not threads: an actor may move between threads.
  unsigned flags = MDB_NOTLS;
  if (options.sync == durability::process_only)
    flags |= MDB_NOSYNC;
  if (options.read_only_file)
    flags |= MDB_RDONLY | MDB_NOSUBDIR | MDB_NOLOCK;
  return flags;
}

// LMDB reports a write that was cut short, which is how a disk fills up, as EIO.
bool is_full(const std::filesystem::path& path) {
  constexpr auto full_below_bytes = std::uintmax_t{64} * 1024;
  std::error_code error;
  const auto space = std::filesystem::space(path.parent_path(), error);
  return !error && space.available < full_below_bytes;
}

}  // namespace

failure lmdb_failure(int code, std::string_view doing, const std::filesystem::path& path) {
  const auto text = [&](std::string_view why) {
    return std::string(doing) + " " + path.string() + ": " + std::string(why);
  };
  if (code == EIO && is_full(path))
    code = ENOSPC;
  switch (code) {
    case MDB_MAP_FULL:
      return {errc::io, text("the storage is full: its map has reached the largest size allowed")};
    case ENOSPC:
    case EDQUOT:
      return {errc::io, text("no space left on the disk")};
    case EACCES:
    case EPERM:
    case EROFS:
      return {errc::io, text(std::string("no permission (") + std::strerror(code) + ")")};
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_PANIC:
    case MDB_BAD_TXN:
      return {errc::corrupt, text(std::string("the file is damaged (") + mdb_strerror(code) + ")")};
    case MDB_INVALID:
      return {errc::corrupt, text("this is not a storage file of ours, or it is damaged")};
    case MDB_VERSION_MISMATCH:
      return {errc::corrupt, text("the file was written by another version of LMDB")};
    default:
      return {errc::io, text(mdb_strerror(code))};
  }
}

result<std::unique_ptr<environment>> environment::open(const environment_options& options) {
  const auto file = data_file(options);
  if (!options.read_only_file) {
    std::error_code error;
    std::filesystem::create_directories(options.path, error);
    if (error)
      return lmdb_failure(error.value(), "creating", options.path);
  }
  MDB_env* env = nullptr;
  if (const int code = mdb_env_create(&env))
    return lmdb_failure(code, "opening", file);
  std::unique_ptr<environment> made(new environment(env, file));
  if (const int code = made->open_file(options))
    return lmdb_failure(code, "opening", file);
  if (!options.read_only_file) {
    if (auto filled = made->fill_to_last_page(); !filled)
      return filled.error();
  }
  if (const int code = made->open_tables(options))
    return lmdb_failure(code, "opening the tables of", file);
  return made;
}

int environment::open_file(const environment_options& options) {
  if (const int code = mdb_env_set_mapsize(env_, options.map_bytes))
    return code;
  if (const int code = mdb_env_set_maxreaders(env_, messages::limits::lmdb_readers_max))
    return code;
  if (const int code = mdb_env_set_maxdbs(env_, static_cast<MDB_dbi>(options.tables.size())))
    return code;
  if (const int code = mdb_env_open(env_, options.path.c_str(), open_flags(options), file_mode))
    return code;
  int dead = 0;  // readers of a killed process would keep old pages for ever
  return options.read_only_file ? 0 : mdb_reader_check(env_, &dead);
}

int environment::open_tables(const environment_options& options) {
  MDB_txn* txn = nullptr;
  if (const int code = mdb_txn_begin(env_, nullptr, options.read_only_file ? MDB_RDONLY : 0, &txn))
    return code;
  for (const char* name : options.tables) {
    MDB_dbi table = 0;
    const int code = mdb_dbi_open(txn, name, options.read_only_file ? 0 : MDB_CREATE, &table);
    if (code == MDB_NOTFOUND && options.read_only_file) {
      tables_.emplace_back();
      continue;
    }
    if (code != 0) {
      mdb_txn_abort(txn);
      return code;
    }
    tables_.emplace_back(table);
  }
  return mdb_txn_commit(txn);
}

// A file that was cut short would end the process with SIGBUS at the first page behind its end.
// Filled with zeros, such a page reads as MDB_CORRUPTED. A sound file may lack some, too: pages
// that were taken and given back within one transaction are never written.
result<void> environment::fill_to_last_page() const {
  MDB_envinfo info{};
  MDB_stat stat{};
  int file = -1;
  struct ::stat now {};
  if (mdb_env_info(env_, &info) != 0 || mdb_env_stat(env_, &stat) != 0 ||
      mdb_env_get_fd(env_, &file) != 0 || ::fstat(file, &now) != 0)
    return lmdb_failure(errno, "opening", path_);
  const auto wanted = static_cast<off_t>((info.me_last_pgno + 1) * stat.ms_psize);
  if (now.st_size < wanted && ::ftruncate(file, wanted) != 0)
    return lmdb_failure(errno, "opening", path_);
  return {};
}

environment::~environment() {
  mdb_env_close(env_);
}

result<void> environment::sync() {
  if (const int code = mdb_env_sync(env_, 1))
    return lmdb_failure(code, "syncing", path_);
  return {};
}

result<void> environment::copy_to(int file_descriptor) const {
  if (const int code = mdb_env_copyfd2(env_, file_descriptor, MDB_CP_COMPACT))
    return lmdb_failure(code, "copying", path_);
  return {};
}

}  // namespace troupe::storage
