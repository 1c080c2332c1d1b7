// Rows of the store with everything that hangs on them: who holds their locks, tombstones, indexes,
// topics. What may be written is decided in apply_kv.cpp and session_rows.cpp.
#pragma once

#include <optional>
#include <string_view>

#include "storage/apply.hpp"

namespace troupe::storage {

// `wanted` has its lock index and session decided. An equal row is left as it is.
void put_kv(apply_context& batch, const std::optional<messages::KvEntry>& existing,
            messages::KvEntry wanted);
void erase_kv(apply_context& batch, const messages::KvEntry& existing);
void leave_tombstone(apply_context& batch, std::string_view key);

}  // namespace troupe::storage
