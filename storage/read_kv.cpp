#include "storage/read_kv.hpp"

#include <algorithm>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "storage/read_indexes.hpp"
#include "storage/tables.hpp"

namespace troupe::storage {

namespace {

std::uint64_t table_index(const read_transaction& txn) {
  return largest_index(txn, {index_names::kv, index_names::tombstones});
}

std::uint64_t tombstone_index(const read_transaction& txn, std::string_view prefix) {
  std::uint64_t largest = 0;
  for (auto rows = txn.scan<kv_tombstone_table>(prefix); rows.next();)
    largest = std::max(largest, rows.value());
  return largest;
}

// `largest`: of the rows under the prefix; 0: none.
std::uint64_t prefix_index(const read_transaction& txn, std::string_view prefix,
                           std::uint64_t largest) {
  if (!prefix.empty())
    largest = std::max(largest, tombstone_index(txn, prefix));
  return prefix.empty() || largest == 0 ? table_index(txn) : largest;
}

// The modify index of a stored entry, without copying its value.
std::uint64_t modify_index_of(std::string_view stored) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(stored.data()),
                                            static_cast<int>(stored.size()));
  while (const std::uint32_t tag = in.ReadTag()) {
    std::uint64_t number = 0;
    if (WireFormatLite::GetTagFieldNumber(tag) == messages::KvEntry::kModifyIndexFieldNumber &&
        in.ReadVarint64(&number))
      return number;
    if (!WireFormatLite::SkipField(&in, tag))
      break;
  }
  return 0;
}

}  // namespace

kv_entry_at read_kv_entry(const read_transaction& txn, std::string_view key) {
  kv_entry_at found;
  found.entry = txn.get<kv_table>(kv_table::key(key));
  found.index = found.entry ? found.entry->modify_index() : table_index(txn);
  return found;
}

std::uint64_t read_kv_tree(const read_transaction& txn, std::string_view prefix,
                           google::protobuf::RepeatedPtrField<messages::KvEntry>& out) {
  std::uint64_t largest = 0;
  for (auto rows = txn.scan<kv_table>(kv_table::key(prefix)); rows.next();) {
    auto* entry = out.Add();
    if (!decode_value(rows.raw(), *entry)) {
      txn.fail_damaged(kv_table::name, rows.key());
      break;
    }
    largest = std::max(largest, entry->modify_index());
  }
  return prefix_index(txn, prefix, largest);
}

std::uint64_t read_kv_keys(const read_transaction& txn, std::string_view prefix,
                           std::string_view separator,
                           google::protobuf::RepeatedPtrField<std::string>& out) {
  std::uint64_t largest = 0;
  for (auto rows = txn.scan<kv_table>(kv_table::key(prefix)); rows.next();) {
    largest = std::max(largest, modify_index_of(rows.raw()));
    std::string_view key = rows.key();
    if (!separator.empty()) {
      const auto at = key.find(separator, prefix.size());
      if (at != std::string_view::npos)
        key = key.substr(0, at + separator.size());
    }
    // Keys with one start stand together, so a repeat is the one before.
    if (out.empty() || out[out.size() - 1] != key)
      out.Add(std::string(key));
  }
  return prefix_index(txn, prefix, largest);
}

}  // namespace troupe::storage
