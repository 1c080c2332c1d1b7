// Indexes of tables and services, as the queries combine them. Part of the read_*.cpp files.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "storage/tables.hpp"

namespace troupe::storage {

// The largest of some rows of index_table. Never 0: to a client that means "no index given".
inline std::uint64_t largest_index(const read_transaction& txn,
                                   std::initializer_list<std::string> names) {
  std::uint64_t largest = 1;
  for (const auto& name : names)
    largest = std::max(largest, txn.get<index_table>(name).value_or(0));
  return largest;
}

}  // namespace troupe::storage
