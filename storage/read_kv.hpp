// Queries of the key/value store within one read transaction, each with the index of its result
// (contract: behaviour.md section 6).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/kv.pb.h"
#include "storage/transaction.hpp"

namespace troupe::storage {

struct kv_entry_at {
  std::uint64_t index = 0;  // its modify index; absent: the largest of the table and its tombstones
  std::optional<messages::KvEntry> entry;
};
kv_entry_at read_kv_entry(const read_transaction& txn, std::string_view key);

// index: the largest modify index or tombstone under the prefix; nothing there: the table's.
// Both fill `out`, which is the answer's own repeated field, and return the index.
std::uint64_t read_kv_tree(const read_transaction& txn, std::string_view prefix,
                           google::protobuf::RepeatedPtrField<messages::KvEntry>& out);
std::uint64_t read_kv_keys(const read_transaction& txn, std::string_view prefix,
                           std::string_view separator,
                           google::protobuf::RepeatedPtrField<std::string>& out);

}  // namespace troupe::storage
