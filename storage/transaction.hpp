// Typed access to the tables of an environment.
//
//   auto entry = txn.get<kv_table>(kv_table::key("a"));
//   for (auto rows = txn.scan<kv_table>("prefix/"); rows.next();) use(rows.key(), rows.value());
//
// A failure of the disk or a damaged row does not clutter every call: the first one is kept in the
// transaction, from then on nothing is found and nothing is written, and commit() or failed()
// tells. Whoever answers a client from a read_transaction asks failed() once, at the end.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/message_lite.h>

#include "messages/result.hpp"
#include "storage/environment.hpp"
#include "storage/key.hpp"

struct MDB_txn;
struct MDB_cursor;

namespace troupe::storage {

struct nothing {};  // the value of a table whose keys say all

// -- how a value is stored -------------------------------------------------

template <class Value>
concept protobuf_value = std::is_base_of_v<google::protobuf::MessageLite, Value>;

template <protobuf_value Value>
bool decode_value(std::string_view bytes, Value& into) {
  return into.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}
inline bool decode_value(std::string_view, nothing&) {
  return true;
}
inline bool decode_value(std::string_view bytes, std::string& into) {
  into = bytes;
  return true;
}
inline bool decode_value(std::string_view bytes, std::uint64_t& into) {
  if (bytes.size() != sizeof into)
    return false;
  into = number_of_key(bytes);
  return true;
}

// -- transactions ------------------------------------------------------------

class transaction;

// Walks the rows whose keys start with a prefix, in the order of their whole keys. Views are good
// until the transaction ends or, in a write_transaction, writes: collect first, then write.
class row_scanner {
 public:
  row_scanner(const transaction& txn, std::size_t slot, std::string_view prefix);
  row_scanner(const row_scanner&) = delete;
  row_scanner& operator=(const row_scanner&) = delete;
  ~row_scanner();

  bool next();
  std::string_view key() const { return key_; }
  std::string_view raw() const { return value_; }

 protected:
  const transaction* txn_;

 private:
  struct long_row {
    std::string_view key;
    std::string_view value;
  };

  bool step();
  void collect_run();
  bool serve_run();

  std::size_t slot_;
  std::string prefix_;
  MDB_cursor* cursor_ = nullptr;
  bool started_ = false;
  bool ended_ = false;
  bool waiting_ = false;  // the cursor stands on a row that was not looked at yet
  std::string_view stored_key_;
  std::string_view stored_value_;
  std::string_view key_;
  std::string_view value_;
  std::vector<long_row> run_;  // long keys with one head, sorted
  std::size_t run_next_ = 0;
};

template <class Table>
class scanner : public row_scanner {
 public:
  scanner(const transaction& txn, std::string_view prefix)
      : row_scanner(txn, Table::slot, prefix) {}
  typename Table::value value() const;
};

class transaction {
 public:
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;

  // Good until the transaction ends or writes.
  template <class Table>
  std::optional<std::string_view> get_raw(std::string_view key) const {
    return find(Table::slot, key);
  }

  template <class Table>
  std::optional<typename Table::value> get(std::string_view key) const {
    const auto raw = find(Table::slot, key);
    if (!raw)
      return std::nullopt;
    std::optional<typename Table::value> value(std::in_place);
    if (!decode_value(*raw, *value)) {
      fail_damaged(Table::name, key);
      return std::nullopt;
    }
    return value;
  }

  template <class Table>
  bool contains(std::string_view key) const {
    return find(Table::slot, key).has_value();
  }

  // Every row whose key starts with `prefix`.
  template <class Table>
  scanner<Table> scan(std::string_view prefix = {}) const {
    return {*this, prefix};
  }

  // The largest key of a table of number keys; unset: empty.
  template <class Table>
  std::optional<std::uint64_t> last_number() const {
    return edge_number(Table::slot, true);
  }
  template <class Table>
  std::optional<std::uint64_t> first_number() const {
    return edge_number(Table::slot, false);
  }

  // Every row as it is stored, long keys as their digests; for copies of whole tables.
  void for_each_stored(std::size_t slot,
                       const std::function<void(std::string_view, std::string_view)>& take) const;

  // The first thing that went wrong in this transaction.
  const std::optional<messages::failure>& failed() const { return failure_; }
  void fail_damaged(std::string_view table, std::string_view key) const;

 protected:
  transaction(const environment& env, MDB_txn* txn) : env_(&env), txn_(txn) {}
  ~transaction() = default;

  std::optional<std::string_view> find(std::size_t slot, std::string_view key) const;
  std::optional<std::uint64_t> edge_number(std::size_t slot, bool last) const;
  void fail(int code, std::string_view doing) const;
  void close_cursors() const;

  friend class row_scanner;
  MDB_cursor* take_cursor(std::size_t slot) const;
  void give_back(std::size_t slot, MDB_cursor* cursor) const;

  const environment* env_;
  MDB_txn* txn_;
  bool reading_ = false;
  mutable std::optional<messages::failure> failure_;
  // Idle cursors of a read_transaction: opening one costs a malloc.
  mutable std::vector<std::pair<std::size_t, MDB_cursor*>> idle_cursors_;
};

// One moment's state. Keep one a thread and renew() it for every query: that costs no malloc. Held
// open it keeps every page of its moment from being used again, so reset() it right after the
// query.
class read_transaction : public transaction {
 public:
  static messages::result<read_transaction> open(const environment& env);
  read_transaction(read_transaction&& other) noexcept;
  read_transaction& operator=(read_transaction&&) = delete;
  ~read_transaction();

  // Moves on to the newest committed state.
  messages::result<void> renew();
  // Lets go of the state; nothing may be read until renew().
  void reset();

 private:
  using transaction::transaction;
  bool active_ = true;
};

// Sees its own writes. Gone without commit(): nothing was written.
class write_transaction : public transaction {
 public:
  static messages::result<write_transaction> open(environment& env);
  // One inside this one: commit() adds all that it wrote to this one, without commit() nothing of
  // it was. Until it is gone, this one must not be used. Its failures become this one's.
  write_transaction nested();
  write_transaction(write_transaction&& other) noexcept;
  write_transaction& operator=(write_transaction&&) = delete;
  ~write_transaction();

  template <class Table>
  void put(std::string_view key, const typename Table::value& value);

  // False: there was none.
  template <class Table>
  bool erase(std::string_view key) {
    return remove(Table::slot, key);
  }

  void put_raw(std::size_t slot, std::string_view key, std::string_view value);
  // Copies a stored row as it is; rows come sorted (a snapshot's).
  void append_stored(std::size_t slot, std::string_view stored_key, std::string_view stored_value);
  void clear(std::size_t slot);

  // Fails with the first failure of the transaction, if there was one.
  messages::result<void> commit();

 private:
  using transaction::transaction;
  bool remove(std::size_t slot, std::string_view key);
  // Where `size` bytes of a value go; null: failed.
  char* reserve(std::size_t slot, std::string_view key, std::size_t size);

  write_transaction* outer_ = nullptr;
};

template <class Table>
typename Table::value scanner<Table>::value() const {
  typename Table::value decoded{};
  if (!decode_value(raw(), decoded))
    txn_->fail_damaged(Table::name, key());
  return decoded;
}

template <class Table>
void write_transaction::put(std::string_view key, const typename Table::value& value) {
  using value_type = typename Table::value;
  if constexpr (protobuf_value<value_type>) {
    const std::size_t size = value.ByteSizeLong();
    if (char* space = reserve(Table::slot, key, size))
      value.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(space));
  } else if constexpr (std::is_same_v<value_type, nothing>) {
    put_raw(Table::slot, key, {});
  } else if constexpr (std::is_same_v<value_type, std::uint64_t>) {
    put_raw(Table::slot, key, number_key(value));
  } else {
    put_raw(Table::slot, key, value);
  }
}

}  // namespace troupe::storage
