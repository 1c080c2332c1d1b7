#include "storage/raft_log.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <type_traits>

#include "storage/tables.hpp"

namespace troupe::storage {

using messages::errc;
using messages::failure;
using messages::HardState;
using messages::log_index;
using messages::LogEntry;
using messages::result;
using messages::term;

namespace {

constexpr std::string_view hard_state_row = "hard_state";
constexpr std::string_view cut_index_row = "cut_index";
constexpr std::string_view cut_term_row = "cut_term";
constexpr std::string_view format_row = "format";
constexpr std::uint64_t log_format = 1;

std::uint64_t number_row(const transaction& txn, std::string_view name) {
  const auto raw = txn.get_raw<log_meta_table>(name);
  std::uint64_t number = 0;
  if (raw && !decode_value(*raw, number))
    txn.fail_damaged(log_meta_table::name, name);
  return number;
}

log_index cut_index(const transaction& txn) {
  return {number_row(txn, cut_index_row)};
}

log_index last_of(const transaction& txn) {
  const auto last = txn.last_number<log_entry_table>();
  return last ? log_index{*last} : cut_index(txn);
}

// Cut off or beyond the end: unset.
std::optional<term> term_of(const transaction& txn, log_index index) {
  if (index == cut_index(txn))
    return term{number_row(txn, cut_term_row)};
  const auto entry = txn.get<log_entry_table>(log_entry_table::key(index.value));
  return entry ? std::optional<term>(term{entry->term()}) : std::nullopt;
}

void write_cut(write_transaction& txn, log_position cut) {
  txn.put<log_meta_table>(cut_index_row, number_key(cut.index.value));
  txn.put<log_meta_table>(cut_term_row, number_key(cut.term.value));
}

void erase_entries(write_transaction& txn, log_index from, log_index to) {
  for (auto index = from.value; index <= to.value; ++index)
    txn.erase<log_entry_table>(log_entry_table::key(index));
}

}  // namespace

// -- raft_log_reader -----------------------------------------------------------

result<raft_log_reader> raft_log_reader::open(const environment& env) {
  auto txn = read_transaction::open(env);
  if (!txn)
    return txn.error();
  txn->reset();
  return raft_log_reader(std::move(*txn));
}

template <class Query>
auto raft_log_reader::ask(Query query) const {
  const auto renewed = txn_.renew();
  messages::ensure(renewed.has_value());
  auto answer = query(txn_);
  if (const auto& why = txn_.failed()) {
    std::fprintf(stderr, "the Raft log cannot be read: %s\n", why->detail.c_str());
    std::abort();
  }
  txn_.reset();
  return answer;
}

log_index raft_log_reader::first_index() const {
  return ask([](const transaction& txn) { return log_index{cut_index(txn).value + 1}; });
}

log_index raft_log_reader::last_index() const {
  return ask([](const transaction& txn) { return last_of(txn); });
}

log_index raft_log_reader::snapshot_index() const {
  return ask([](const transaction& txn) { return cut_index(txn); });
}

term raft_log_reader::snapshot_term() const {
  return ask([](const transaction& txn) { return term{number_row(txn, cut_term_row)}; });
}

std::optional<term> raft_log_reader::term_at(log_index index) const {
  return ask([index](const transaction& txn) { return term_of(txn, index); });
}

std::vector<LogEntry> raft_log_reader::entries(log_index from, std::size_t count_max,
                                               std::size_t bytes_max) const {
  return ask([&](const transaction& txn) {
    std::vector<LogEntry> found;
    std::size_t bytes = 0;
    for (auto index = from.value; found.size() < count_max; ++index) {
      auto entry = txn.get<log_entry_table>(log_entry_table::key(index));
      if (!entry || (!found.empty() && bytes + entry->data().size() > bytes_max))
        break;
      bytes += entry->data().size();
      found.push_back(std::move(*entry));
    }
    return found;
  });
}

HardState raft_log_reader::hard_state() const {
  return ask([](const transaction& txn) {
    HardState state;
    const auto raw = txn.get_raw<log_meta_table>(hard_state_row);
    if (raw && !decode_value(*raw, state))
      txn.fail_damaged(log_meta_table::name, hard_state_row);
    return state;
  });
}

// -- raft_log -------------------------------------------------------------------

result<std::unique_ptr<raft_log>> raft_log::open(const data_directory& directory,
                                                 raft_log_options options) {
  auto env = environment::open({.path = directory.log(),
                                .map_bytes = options.map_bytes,
                                .sync = durability::every_commit,
                                .tables = log_tables});
  if (!env)
    return env.error();
  auto reader = raft_log_reader::open(**env);
  if (!reader)
    return reader.error();
  std::unique_ptr<raft_log> log(new raft_log(std::move(*env), std::move(*reader)));
  if (auto sound = log->verify(); !sound)
    return sound.error();
  return log;
}

// Every entry is read once: a hole or a damaged page is found now, not in the middle of an
// election.
result<void> raft_log::verify() const {
  auto txn = write_transaction::open(*env_);
  if (!txn)
    return txn.error();
  const auto damaged = [&](const std::string& why) {
    return failure{errc::corrupt, "the Raft log " + env_->path().string() + " is damaged: " + why};
  };
  const auto format = number_row(*txn, format_row);
  if (format > log_format)
    return failure{errc::corrupt, "the Raft log " + env_->path().string() +
                                      " was written by a newer version (format " +
                                      std::to_string(format) + ")"};
  auto expected = cut_index(*txn).value + 1;
  auto newest_term = number_row(*txn, cut_term_row);
  for (auto rows = txn->scan<log_entry_table>(); rows.next(); ++expected) {
    const auto entry = rows.value();
    if (txn->failed())
      break;
    if (entry.index() != expected || rows.key() != log_entry_table::key(expected))
      return damaged("entry " + std::to_string(expected) + " is missing");
    if (entry.term() < newest_term)
      return damaged("the term of entry " + std::to_string(expected) + " falls back");
    newest_term = entry.term();
  }
  if (txn->failed())
    return damaged(txn->failed()->detail);
  if (format == 0)
    txn->put<log_meta_table>(format_row, number_key(log_format));
  return txn->commit();
}

result<void> raft_log::append(entry_list entries, const std::optional<HardState>& hard_state) {
  auto txn = write_transaction::open(*env_);
  if (!txn)
    return txn.error();
  if (hard_state)
    txn->put<log_meta_table>(hard_state_row, hard_state->SerializeAsString());
  if (!entries.empty()) {
    const log_index last = last_of(*txn);
    const log_index first{entries.front().index()};
    messages::ensure(first > cut_index(*txn) && first.value <= last.value + 1);
    erase_entries(*txn, first, last);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      messages::ensure(entries[i].index() == first.value + i);
      txn->put<log_entry_table>(log_entry_table::key(entries[i].index()), entries[i]);
    }
  }
  return txn->commit();
}

result<void> raft_log::compact(log_index covered, std::uint64_t trailing) {
  auto txn = write_transaction::open(*env_);
  if (!txn)
    return txn.error();
  const log_index cut = cut_index(*txn);
  const log_index wanted{covered.value > trailing ? covered.value - trailing : 0};
  if (wanted <= cut)
    return {};
  const auto cut_term = term_of(*txn, wanted);
  messages::ensure(cut_term.has_value() || txn->failed().has_value());
  if (cut_term) {
    erase_entries(*txn, {cut.value + 1}, wanted);
    write_cut(*txn, {wanted, *cut_term});
  }
  return txn->commit();
}

result<void> raft_log::reset_to(log_position snapshot) {
  auto txn = write_transaction::open(*env_);
  if (!txn)
    return txn.error();
  txn->clear(log_entry_table::slot);
  write_cut(*txn, snapshot);
  return txn->commit();
}

}  // namespace troupe::storage
