// What the state says of itself: the rows of meta_table. Part of state_machine and snapshot.
#pragma once

#include <cstdint>
#include <filesystem>

#include "storage/raft_log.hpp"
#include "storage/tables.hpp"

namespace troupe::storage {

inline constexpr std::uint64_t state_format = 1;

namespace meta_rows {

inline constexpr std::string_view format = "format";
inline constexpr std::string_view applied_index = "applied_index";
inline constexpr std::string_view applied_term = "applied_term";
inline constexpr std::string_view configuration = "configuration";
inline constexpr std::string_view configuration_index = "configuration_index";

}  // namespace meta_rows

// 0 if it is not there.
inline std::uint64_t meta_number(const transaction& txn, std::string_view row) {
  const auto raw = txn.get_raw<meta_table>(row);
  std::uint64_t number = 0;
  if (raw && !decode_value(*raw, number))
    txn.fail_damaged(meta_table::name, row);
  return number;
}

inline log_position applied_position(const transaction& txn) {
  return {{meta_number(txn, meta_rows::applied_index)},
          {meta_number(txn, meta_rows::applied_term)}};
}

inline void write_applied(write_transaction& txn, log_position position) {
  txn.put<meta_table>(meta_rows::applied_index, number_key(position.index.value));
  txn.put<meta_table>(meta_rows::applied_term, number_key(position.term.value));
}

inline messages::result<void> check_state_format(const transaction& txn,
                                                 const std::filesystem::path& file) {
  const auto format = meta_number(txn, meta_rows::format);
  if (format == 0)
    return messages::failure{messages::errc::corrupt, file.string() + " holds no state of ours"};
  if (format > state_format)
    return messages::failure{
        messages::errc::corrupt,
        file.string() + " was written by a newer version (format " + std::to_string(format) + ")"};
  return {};
}

}  // namespace troupe::storage
