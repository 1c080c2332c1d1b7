#include "actors/registry/registry_store.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "messages/limits.hpp"

namespace troupe::actors {

namespace {

namespace fs = std::filesystem;
using messages::errc;
using messages::failure;
using messages::result;

constexpr std::string_view unfinished_suffix = ".tmp";
// A definition travels in a log entry too: what does not fit there cannot have been written by us.
constexpr std::size_t file_bytes_max = messages::limits::log_entry_bytes_max;

class descriptor {
 public:
  explicit descriptor(int fd) : fd_(fd) {}
  ~descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int value() const { return fd_; }

 private:
  int fd_;
};

failure io_failure(const char* what, const fs::path& path) {
  return {errc::io, std::string(what) + " " + path.string() + ": " + std::strerror(errno)};
}

// An id may be any text; its digest is always a legal name of bounded length.
std::string file_name(std::string_view id) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  messages::ensure(EVP_Digest(id.data(), id.size(), digest.data(), &size, EVP_sha256(), nullptr) ==
                   1);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string name;
  for (unsigned i = 0; i < size; ++i) {
    name.push_back(digits[digest[i] >> 4]);
    name.push_back(digits[digest[i] & 15]);
  }
  return name;
}

result<void> sync_folder(const fs::path& folder) {
  const descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.value() < 0 || ::fsync(opened.value()) != 0)
    return io_failure("syncing", folder);
  return {};
}

result<void> write_whole(const fs::path& path, std::string_view text, bool durable) {
  const descriptor opened(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (opened.value() < 0)
    return io_failure("opening", path);
  while (!text.empty()) {
    const auto written = ::write(opened.value(), text.data(), text.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return io_failure("writing", path);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (durable && ::fsync(opened.value()) != 0)
    return io_failure("syncing", path);
  return {};
}

result<void> replace_file(const fs::path& path, std::string_view text, bool durable) {
  fs::path beside = path;
  beside += unfinished_suffix;
  if (auto written = write_whole(beside, text, durable); !written)
    return written;
  if (::rename(beside.c_str(), path.c_str()) != 0)
    return io_failure("renaming", beside);
  if (!durable)
    return {};
  return sync_folder(path.parent_path());
}

result<void> remove_file(const fs::path& path, bool durable) {
  if (::unlink(path.c_str()) != 0)
    return errno == ENOENT ? result<void>{} : io_failure("removing", path);
  return durable ? sync_folder(path.parent_path()) : result<void>{};
}

result<std::string> read_whole(const fs::path& path) {
  const descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.value() < 0)
    return io_failure("opening", path);
  std::string text;
  std::array<char, 16384> piece{};
  for (;;) {
    const auto got = ::read(opened.value(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return io_failure("reading", path);
    if (got == 0)
      return text;
    text.append(piece.data(), static_cast<std::size_t>(got));
    if (text.size() > file_bytes_max)
      return failure{errc::corrupt, path.string() + " is too large"};
  }
}

result<void> save_message(const fs::path& path, const google::protobuf::Message& message,
                          bool durable) {
  std::string text;
  const auto made = google::protobuf::util::MessageToJsonString(message, &text);
  if (!made.ok())
    return failure{errc::failed, "cannot write " + path.string() + " as JSON"};
  return replace_file(path, text, durable);
}

template <class Message>
result<Message> load_message(const fs::path& path) {
  auto text = read_whole(path);
  if (!text)
    return text.error();
  Message message;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;  // a newer version may have written it
  const auto parsed = google::protobuf::util::JsonStringToMessage(*text, &message, options);
  if (!parsed.ok())
    return failure{errc::corrupt, path.string() + ": " + std::string(parsed.message())};
  return message;
}

// Sorted, so that a restart is the same every time. What a killed process left half written is
// removed.
std::vector<fs::path> files_in(const fs::path& folder, std::vector<std::string>& warnings) {
  std::vector<fs::path> files;
  std::error_code error;
  auto entry = fs::directory_iterator(folder, error);
  while (!error && entry != fs::directory_iterator()) {
    std::error_code ignored;
    if (entry->path().native().ends_with(unfinished_suffix))
      fs::remove(entry->path(), ignored);
    else if (entry->is_regular_file(ignored))
      files.push_back(entry->path());
    entry.increment(error);
  }
  if (error)
    warnings.push_back("cannot list " + folder.string() + ": " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

template <class Message, class Id>
std::vector<Message> load_folder(const fs::path& folder, Id id_of,
                                 std::vector<std::string>& warnings) {
  std::vector<Message> messages;
  for (const auto& path : files_in(folder, warnings)) {
    auto message = load_message<Message>(path);
    if (!message)
      warnings.push_back(message.error().detail);
    else if (id_of(*message).empty())
      warnings.push_back(path.string() + ": no id in it");
    else
      messages.push_back(*std::move(message));
  }
  return messages;
}

const std::string& text_of(const google::protobuf::Struct& document, const char* name) {
  static const std::string none;
  const auto found = document.fields().find(name);
  return found == document.fields().end() ? none : found->second.string_value();
}

}  // namespace

registry_store::registry_store(const fs::path& data_dir)
    : services_(data_dir / "services"),
      checks_(data_dir / "checks"),
      states_(data_dir / "checks" / "state") {}

result<registry_store> registry_store::open(const fs::path& data_dir) {
  registry_store store(data_dir);
  for (const auto& folder : {store.services_, store.states_}) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
      return failure{errc::io, "making " + folder.string() + ": " + error.message()};
  }
  return store;
}

result<void> registry_store::save(const messages::RegisterService& service) const {
  return save_message(services_ / file_name(service.service().id()), service, true);
}

result<void> registry_store::save(const messages::RegisterCheck& check) const {
  return save_message(checks_ / file_name(check.check().id()), check, true);
}

result<void> registry_store::save(const stored_check_state& state) const {
  google::protobuf::Struct document;
  auto& fields = *document.mutable_fields();
  fields["CheckID"].set_string_value(state.check_id);
  fields["Status"].set_string_value(state.status);
  fields["Output"].set_string_value(state.output);
  // As text: a JSON number would lose its last digits.
  fields["Expires"].set_string_value(std::to_string(state.expires_unix_ns));
  return save_message(states_ / file_name(state.check_id), document, false);
}

result<void> registry_store::remove_service(std::string_view id) const {
  return remove_file(services_ / file_name(id), true);
}

result<void> registry_store::remove_check(std::string_view id) const {
  const auto name = file_name(id);
  if (auto removed = remove_file(states_ / name, false); !removed)
    return removed;
  return remove_file(checks_ / name, true);
}

stored_definitions registry_store::load() const {
  stored_definitions loaded;
  loaded.services = load_folder<messages::RegisterService>(
      services_, [](const auto& message) { return message.service().id(); }, loaded.warnings);
  loaded.checks = load_folder<messages::RegisterCheck>(
      checks_, [](const auto& message) { return message.check().id(); }, loaded.warnings);
  return loaded;
}

std::optional<stored_check_state> registry_store::load_state(std::string_view check_id) const {
  const auto document = load_message<google::protobuf::Struct>(states_ / file_name(check_id));
  if (!document)
    return std::nullopt;
  stored_check_state state{text_of(*document, "CheckID"), text_of(*document, "Status"),
                           text_of(*document, "Output"), 0};
  const auto& expires = text_of(*document, "Expires");
  const auto end = expires.data() + expires.size();
  const auto read = std::from_chars(expires.data(), end, state.expires_unix_ns);
  if (read.ec != std::errc{} || read.ptr != end || state.check_id != check_id)
    return std::nullopt;
  return state;
}

}  // namespace troupe::actors
