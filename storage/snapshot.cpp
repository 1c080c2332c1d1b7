#include "storage/snapshot.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <lmdb.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/meta.hpp"
#include "storage/tables.hpp"

namespace troupe::storage {

using messages::errc;
using messages::failure;
using messages::log_index;
using messages::result;
using messages::term;

namespace {

constexpr std::string_view kept = ".snapshot";
constexpr std::string_view adopted_only = ".adopted";
constexpr std::string_view footer_magic = "troupe snapshot 1\n";
constexpr std::size_t read_bytes = 1 << 20;
constexpr std::size_t footer_bytes = sizeof(std::uint64_t) + key_digest_bytes + footer_magic.size();

failure damaged(const std::filesystem::path& file, std::string_view why) {
  return {errc::corrupt, "the snapshot " + file.string() + " is damaged: " + std::string(why)};
}

// SHA-256 of the first `bytes` of a file; unset: it could not be read that far.
std::optional<sha256_digest> digest_of(int file, std::uint64_t bytes) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(),
                                                                     &EVP_MD_CTX_free);
  messages::ensure(hash && EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) == 1);
  std::vector<char> buffer(read_bytes);
  for (std::uint64_t at = 0; at < bytes;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(read_bytes, bytes - at));
    const ssize_t count = ::pread(file, buffer.data(), wanted, static_cast<off_t>(at));
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return std::nullopt;
    EVP_DigestUpdate(hash.get(), buffer.data(), static_cast<std::size_t>(count));
    at += static_cast<std::uint64_t>(count);
  }
  sha256_digest digest{};
  EVP_DigestFinal_ex(hash.get(), digest.data(), nullptr);
  return digest;
}

std::optional<std::uint64_t> size_of(int file) {
  struct ::stat now {};
  if (::fstat(file, &now) != 0)
    return std::nullopt;
  return static_cast<std::uint64_t>(now.st_size);
}

result<void> append_footer(int file, const std::filesystem::path& path) {
  const auto size = size_of(file);
  const auto digest = size ? digest_of(file, *size) : std::nullopt;
  if (!digest)
    return file_failure(errno, "reading", path);
  std::string footer = number_key(*size);
  footer.append(reinterpret_cast<const char*>(digest->data()), digest->size());
  footer.append(footer_magic);
  const ssize_t written = ::pwrite(file, footer.data(), footer.size(), static_cast<off_t>(*size));
  if (written != static_cast<ssize_t>(footer.size()))
    return file_failure(written < 0 ? errno : ENOSPC, "writing", path);
  return {};
}

result<std::unique_ptr<environment>> open_file(const std::filesystem::path& file) {
  return environment::open({.path = file,
                            .map_bytes = messages::limits::state_map_bytes,
                            .tables = state_tables,
                            .read_only_file = true});
}

// "7-2.snapshot"; unset: some other file.
std::optional<log_position> position_in_name(const std::string& name, std::string_view extension) {
  log_position position;
  const char* end = name.data() + name.size();
  const auto index = std::from_chars(name.data(), end, position.index.value);
  if (index.ec != std::errc() || index.ptr == end || *index.ptr != '-')
    return std::nullopt;
  const auto term_end = std::from_chars(index.ptr + 1, end, position.term.value);
  if (term_end.ec != std::errc() || std::string_view(term_end.ptr, end) != extension)
    return std::nullopt;
  return position;
}

}  // namespace

result<snapshot_store> snapshot_store::open(const data_directory& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory.snapshots(), error);
  if (error)
    return file_failure(error.value(), "creating", directory.snapshots());
  for (const auto& entry : std::filesystem::directory_iterator(directory.snapshots(), error)) {
    if (entry.path().extension() == ".tmp")
      std::filesystem::remove(entry.path(), error);
  }
  return snapshot_store(directory.snapshots());
}

result<snapshot_file> snapshot_store::take(const environment& state) const {
  const auto temporary = directory_ / "taken.tmp";
  std::error_code ignored;
  {
    const owned_descriptor out(
        ::open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!out.valid())
      return file_failure(errno, "writing", temporary);
    auto copied = state.copy_to(out.value());
    if (copied)
      copied = append_footer(out.value(), temporary);
    if (copied && ::fsync(out.value()) != 0)
      copied = file_failure(errno, "syncing", temporary);
    if (!copied) {
      std::filesystem::remove(temporary, ignored);
      return copied.error();
    }
  }
  return publish(temporary, kept);
}

result<snapshot_file> snapshot_store::adopt(const std::filesystem::path& received) const {
  if (auto sound = verify_snapshot(received); !sound)
    return sound.error();
  const owned_descriptor file(::open(received.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() || ::fsync(file.value()) != 0)
    return file_failure(errno, "syncing", received);
  return publish(received, adopted_only);
}

// Whose snapshot it is stands in it: the copy may be of a later moment than its order.
result<snapshot_file> snapshot_store::publish(const std::filesystem::path& temporary,
                                              std::string_view extension) const {
  snapshot_file made;
  {
    auto env = open_file(temporary);
    if (!env)
      return env.error();
    auto txn = read_transaction::open(**env);
    if (!txn)
      return txn.error();
    made.position = applied_position(*txn);
    if (txn->failed())
      return *txn->failed();
  }
  made.path = directory_ / (std::to_string(made.position.index.value) + "-" +
                            std::to_string(made.position.term.value) + std::string(extension));
  std::error_code error;
  made.bytes = std::filesystem::file_size(temporary, error);
  if (::rename(temporary.c_str(), made.path.c_str()) != 0)
    return file_failure(errno, "writing", made.path);
  if (auto synced = sync_directory(directory_); !synced)
    return synced.error();
  remove_old();
  return made;
}

result<snapshot_file> snapshot_store::promote(const snapshot_file& adopted) const {
  snapshot_file made = adopted;
  made.path.replace_extension(kept);
  if (made.path == adopted.path)
    return made;
  if (::rename(adopted.path.c_str(), made.path.c_str()) != 0)
    return file_failure(errno, "writing", made.path);
  if (auto synced = sync_directory(directory_); !synced)
    return synced.error();
  remove_old();
  return made;
}

result<void> snapshot_store::settle(log_index log_cut) const {
  for (const auto& adopted : list(adopted_only)) {
    if (adopted.position.index <= log_cut) {
      if (auto promoted = promote(adopted); !promoted)
        return promoted.error();
      continue;
    }
    std::error_code error;
    std::filesystem::remove(adopted.path, error);
    if (error)
      return file_failure(error.value(), "removing", adopted.path);
  }
  return {};
}

void snapshot_store::remove_old() const {
  const auto all = list();
  std::error_code ignored;  // a file that stays costs only its space
  for (std::size_t i = snapshots_kept; i < all.size(); ++i)
    std::filesystem::remove(all[i].path, ignored);
}

std::vector<snapshot_file> snapshot_store::list() const {
  return list(kept);
}

std::vector<snapshot_file> snapshot_store::list(std::string_view extension) const {
  std::vector<snapshot_file> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory_, error)) {
    const auto position = position_in_name(entry.path().filename().string(), extension);
    if (position)
      found.push_back({entry.path(), *position, entry.file_size(error)});
  }
  std::sort(found.begin(), found.end(),
            [](const snapshot_file& a, const snapshot_file& b) { return a.position > b.position; });
  return found;
}

std::optional<snapshot_file> snapshot_store::newest_valid(
    std::vector<std::string>& rejected) const {
  for (const auto& candidate : list()) {
    const auto sound = verify_snapshot(candidate.path);
    if (sound)
      return candidate;
    rejected.push_back(sound.error().detail);
  }
  return std::nullopt;
}

result<void> verify_snapshot(const std::filesystem::path& file) {
  const owned_descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in.valid())
    return file_failure(errno, "reading", file);
  const auto size = size_of(in.value());
  if (!size || *size < footer_bytes)
    return damaged(file, "it is too short");
  std::string footer(footer_bytes, '\0');
  const auto content_bytes = *size - footer_bytes;
  if (::pread(in.value(), footer.data(), footer.size(), static_cast<off_t>(content_bytes)) !=
      static_cast<ssize_t>(footer.size()))
    return file_failure(errno, "reading", file);
  const std::string_view view(footer);
  if (!view.ends_with(footer_magic) ||
      number_of_key(view.substr(0, sizeof(std::uint64_t))) != content_bytes)
    return damaged(file, "its end is not where it was written");
  const auto digest = digest_of(in.value(), content_bytes);
  if (!digest)
    return file_failure(errno, "reading", file);
  if (std::memcmp(digest->data(), footer.data() + sizeof(std::uint64_t), digest->size()) != 0)
    return damaged(file, "its hash differs");
  return {};
}

result<void> load_snapshot(const std::filesystem::path& file, write_transaction& into) {
  auto env = open_file(file);
  if (!env)
    return env.error();
  auto txn = read_transaction::open(**env);
  if (!txn)
    return txn.error();
  if (auto known = check_state_format(*txn, file); !known)
    return known.error();
  for (std::size_t slot = 0; slot < state_tables.size(); ++slot) {
    into.clear(slot);
    txn->for_each_stored(slot, [&](std::string_view key, std::string_view value) {
      into.append_stored(slot, key, value);
    });
  }
  if (txn->failed())
    return *txn->failed();
  return into.failed() ? result<void>(*into.failed()) : result<void>();
}

}  // namespace troupe::storage
