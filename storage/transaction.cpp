#include "storage/transaction.hpp"

#include <algorithm>

#include <lmdb.h>

namespace troupe::storage {

using messages::errc;
using messages::failure;
using messages::result;

namespace {

MDB_val val(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};
}

std::string_view view(const MDB_val& bytes) {
  return {static_cast<const char*>(bytes.mv_data), bytes.mv_size};
}

// A long key's value: the length of the whole key (4 bytes), the key, the value.
using long_key_size = std::uint32_t;

struct split_row {
  std::string_view key;
  std::string_view value;
};

std::optional<split_row> split_long(std::string_view stored) {
  long_key_size size = 0;
  if (stored.size() < sizeof size)
    return std::nullopt;
  std::memcpy(&size, stored.data(), sizeof size);
  stored.remove_prefix(sizeof size);
  if (stored.size() < size)
    return std::nullopt;
  return split_row{stored.substr(0, size), stored.substr(size)};
}

bool is_stored_long(std::string_view stored_key) {
  return stored_key.size() == stored_long_key_bytes;
}

}  // namespace

// -- transaction ---------------------------------------------------------------

void transaction::fail(int code, std::string_view doing) const {
  if (!failure_)
    failure_ = lmdb_failure(code, doing, env_->path());
}

void transaction::fail_damaged(std::string_view table, std::string_view key) const {
  if (failure_)
    return;
  failure_ = failure{errc::corrupt, "reading " + env_->path().string() + ": a row of table " +
                                        std::string(table) + " is damaged (key of " +
                                        std::to_string(key.size()) + " bytes)"};
}

std::optional<std::string_view> transaction::find(std::size_t slot, std::string_view key) const {
  const auto table = env_->table(slot);
  if (failure_ || key.empty() || !table)
    return std::nullopt;
  std::string long_key;
  if (is_long_key(key))
    long_key = stored_long_key(key);
  MDB_val stored_key = val(long_key.empty() ? key : long_key);
  MDB_val data{};
  const int code = mdb_get(txn_, *table, &stored_key, &data);
  if (code == MDB_NOTFOUND)
    return std::nullopt;
  if (code != 0) {
    fail(code, "reading");
    return std::nullopt;
  }
  if (long_key.empty())
    return view(data);
  const auto row = split_long(view(data));
  if (!row || row->key != key) {
    fail_damaged("(long keys)", key);
    return std::nullopt;
  }
  return row->value;
}

std::optional<std::uint64_t> transaction::edge_number(std::size_t slot, bool last) const {
  MDB_cursor* cursor = take_cursor(slot);
  if (cursor == nullptr)
    return std::nullopt;
  MDB_val key{};
  MDB_val data{};
  const int code = mdb_cursor_get(cursor, &key, &data, last ? MDB_LAST : MDB_FIRST);
  give_back(slot, cursor);
  if (code == MDB_NOTFOUND)
    return std::nullopt;
  if (code != 0) {
    fail(code, "reading");
    return std::nullopt;
  }
  if (key.mv_size != sizeof(std::uint64_t)) {
    fail_damaged("(numbers)", view(key));
    return std::nullopt;
  }
  return number_of_key(view(key));
}

void transaction::for_each_stored(
    std::size_t slot, const std::function<void(std::string_view, std::string_view)>& take) const {
  MDB_cursor* cursor = take_cursor(slot);
  if (cursor == nullptr)
    return;
  MDB_val key{};
  MDB_val data{};
  int code = mdb_cursor_get(cursor, &key, &data, MDB_FIRST);
  for (; code == 0; code = mdb_cursor_get(cursor, &key, &data, MDB_NEXT))
    take(view(key), view(data));
  if (code != MDB_NOTFOUND)
    fail(code, "reading");
  give_back(slot, cursor);
}

MDB_cursor* transaction::take_cursor(std::size_t slot) const {
  const auto table = env_->table(slot);
  if (failure_ || !table)
    return nullptr;
  const auto idle = std::find_if(idle_cursors_.begin(), idle_cursors_.end(),
                                 [&](const auto& entry) { return entry.first == slot; });
  MDB_cursor* cursor = nullptr;
  if (idle != idle_cursors_.end()) {
    cursor = idle->second;
    idle_cursors_.erase(idle);
    if (const int code = mdb_cursor_renew(txn_, cursor)) {
      mdb_cursor_close(cursor);
      fail(code, "reading");
      return nullptr;
    }
    return cursor;
  }
  if (const int code = mdb_cursor_open(txn_, *table, &cursor)) {
    fail(code, "reading");
    return nullptr;
  }
  return cursor;
}

void transaction::give_back(std::size_t slot, MDB_cursor* cursor) const {
  if (reading_)
    idle_cursors_.emplace_back(slot, cursor);
  else
    mdb_cursor_close(cursor);
}

void transaction::close_cursors() const {
  for (const auto& [slot, cursor] : idle_cursors_)
    mdb_cursor_close(cursor);
  idle_cursors_.clear();
}

// -- row_scanner -----------------------------------------------------------------

row_scanner::row_scanner(const transaction& txn, std::size_t slot, std::string_view prefix)
    : txn_(&txn), slot_(slot), prefix_(prefix), cursor_(txn.take_cursor(slot)) {
  ended_ = cursor_ == nullptr;
}

row_scanner::~row_scanner() {
  if (cursor_ != nullptr)
    txn_->give_back(slot_, cursor_);
}

// Moves the cursor to the next stored row within the range; false at its end.
bool row_scanner::step() {
  if (waiting_) {
    waiting_ = false;
    return true;
  }
  const std::string_view head = std::string_view(prefix_).substr(0, stored_head_bytes);
  MDB_val key = val(head);
  MDB_val data{};
  const MDB_cursor_op first = head.empty() ? MDB_FIRST : MDB_SET_RANGE;
  const int code = mdb_cursor_get(cursor_, &key, &data, started_ ? MDB_NEXT : first);
  started_ = true;
  if (code != 0 && code != MDB_NOTFOUND)
    txn_->fail(code, "reading");
  if (code != 0)
    return false;
  stored_key_ = view(key);
  stored_value_ = view(data);
  return stored_key_.starts_with(head);
}

// Takes all long keys with the head that the cursor stands on.
void row_scanner::collect_run() {
  run_.clear();
  run_next_ = 0;
  const std::string_view head = stored_key_.substr(0, stored_head_bytes);
  do {
    if (!is_stored_long(stored_key_) || !stored_key_.starts_with(head)) {
      waiting_ = true;
      break;
    }
    const auto row = split_long(stored_value_);
    if (!row) {
      txn_->fail_damaged("(long keys)", stored_key_);
      ended_ = true;
      break;
    }
    if (row->key.starts_with(prefix_))
      run_.push_back({row->key, row->value});
    ended_ = !step();
  } while (!ended_);
  std::sort(run_.begin(), run_.end(),
            [](const long_row& a, const long_row& b) { return a.key < b.key; });
}

bool row_scanner::serve_run() {
  if (run_next_ == run_.size())
    return false;
  key_ = run_[run_next_].key;
  value_ = run_[run_next_].value;
  ++run_next_;
  return true;
}

bool row_scanner::next() {
  if (txn_->failure_)
    return false;
  while (!serve_run()) {
    if (ended_)
      return false;
    if (!step()) {
      ended_ = true;
      return false;
    }
    if (is_stored_long(stored_key_)) {
      collect_run();
    } else if (stored_key_.starts_with(prefix_)) {
      key_ = stored_key_;
      value_ = stored_value_;
      return true;
    }
  }
  return true;
}

// -- read_transaction ---------------------------------------------------------------

result<read_transaction> read_transaction::open(const environment& env) {
  MDB_txn* txn = nullptr;
  if (const int code = mdb_txn_begin(env.handle(), nullptr, MDB_RDONLY, &txn))
    return lmdb_failure(code, "reading", env.path());
  read_transaction made(env, txn);
  made.reading_ = true;
  return made;
}

read_transaction::read_transaction(read_transaction&& other) noexcept
    : transaction(*other.env_, std::exchange(other.txn_, nullptr)), active_(other.active_) {
  reading_ = true;
  failure_ = std::move(other.failure_);
  idle_cursors_ = std::move(other.idle_cursors_);
  other.idle_cursors_.clear();
}

read_transaction::~read_transaction() {
  close_cursors();
  if (txn_ != nullptr)
    mdb_txn_abort(txn_);
}

result<void> read_transaction::renew() {
  reset();
  failure_.reset();
  if (const int code = mdb_txn_renew(txn_))
    return lmdb_failure(code, "reading", env_->path());
  active_ = true;
  return {};
}

void read_transaction::reset() {
  if (active_)
    mdb_txn_reset(txn_);
  active_ = false;
}

// -- write_transaction -----------------------------------------------------------------

result<write_transaction> write_transaction::open(environment& env) {
  MDB_txn* txn = nullptr;
  if (const int code = mdb_txn_begin(env.handle(), nullptr, 0, &txn))
    return lmdb_failure(code, "writing", env.path());
  return write_transaction(env, txn);
}

write_transaction write_transaction::nested() {
  MDB_txn* txn = nullptr;
  if (!failure_) {
    if (const int code = mdb_txn_begin(env_->handle(), txn_, 0, &txn))
      fail(code, "writing");
  }
  write_transaction inner(*env_, txn);
  inner.outer_ = this;
  inner.failure_ = failure_;
  return inner;
}

write_transaction::write_transaction(write_transaction&& other) noexcept
    : transaction(*other.env_, std::exchange(other.txn_, nullptr)),
      outer_(std::exchange(other.outer_, nullptr)) {
  failure_ = std::move(other.failure_);
}

write_transaction::~write_transaction() {
  if (txn_ != nullptr)
    mdb_txn_abort(txn_);
  if (outer_ != nullptr && failure_ && !outer_->failure_)
    outer_->failure_ = failure_;
}

char* write_transaction::reserve(std::size_t slot, std::string_view key, std::size_t size) {
  messages::ensure(!key.empty());
  if (failure_)
    return nullptr;
  const bool is_long = is_long_key(key);
  const std::string long_key = is_long ? stored_long_key(key) : std::string();
  MDB_val stored_key = val(is_long ? std::string_view(long_key) : key);
  MDB_val data{is_long ? sizeof(long_key_size) + key.size() + size : size, nullptr};
  if (const int code = mdb_put(txn_, *env_->table(slot), &stored_key, &data, MDB_RESERVE)) {
    fail(code, "writing");
    return nullptr;
  }
  auto* space = static_cast<char*>(data.mv_data);
  if (!is_long)
    return space;
  const auto key_size = static_cast<long_key_size>(key.size());
  std::memcpy(space, &key_size, sizeof key_size);
  std::memcpy(space + sizeof key_size, key.data(), key.size());
  return space + sizeof key_size + key.size();
}

void write_transaction::put_raw(std::size_t slot, std::string_view key, std::string_view value) {
  char* space = reserve(slot, key, value.size());
  if (space != nullptr && !value.empty())
    std::memcpy(space, value.data(), value.size());
}

void write_transaction::append_stored(std::size_t slot, std::string_view stored_key,
                                      std::string_view stored_value) {
  if (failure_)
    return;
  MDB_val key = val(stored_key);
  MDB_val data = val(stored_value);
  if (const int code = mdb_put(txn_, *env_->table(slot), &key, &data, MDB_APPEND))
    fail(code, "writing");
}

bool write_transaction::remove(std::size_t slot, std::string_view key) {
  if (failure_ || key.empty())
    return false;
  const std::string long_key = is_long_key(key) ? stored_long_key(key) : std::string();
  MDB_val stored_key = val(long_key.empty() ? key : long_key);
  const int code = mdb_del(txn_, *env_->table(slot), &stored_key, nullptr);
  if (code != 0 && code != MDB_NOTFOUND)
    fail(code, "writing");
  return code == 0;
}

void write_transaction::clear(std::size_t slot) {
  if (failure_)
    return;
  if (const int code = mdb_drop(txn_, *env_->table(slot), 0))
    fail(code, "writing");
}

result<void> write_transaction::commit() {
  if (failure_)
    return *failure_;
  if (const int code = mdb_txn_commit(std::exchange(txn_, nullptr))) {
    failure_ = lmdb_failure(code, "writing", env_->path());
    return *failure_;
  }
  return {};
}

}  // namespace troupe::storage
