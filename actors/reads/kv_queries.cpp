#include "actors/reads/kv_queries.hpp"

#include <utility>

#include "storage/change_set.hpp"
#include "storage/read_kv.hpp"

namespace troupe::actors::reads {

using messages::KvEntries;
using messages::KvGet;
using messages::KvKeyNames;
using messages::KvKeys;
using messages::KvList;
using messages::filter::expression;
using storage::read_transaction;

std::uint64_t query<KvGet>::run(const read_transaction& txn, const KvGet& get, const expression&,
                                KvEntries& out) {
  auto found = storage::read_kv_entry(txn, get.key());
  if (found.entry)
    out.mutable_entries()->Add(std::move(*found.entry));
  return found.index;
}

watch_interest query<KvGet>::interest(const KvGet& get, const KvEntries&) {
  return {.topics = {storage::topics::kv(get.key())}, .prefixes = {}};
}

std::uint64_t query<KvList>::run(const read_transaction& txn, const KvList& list, const expression&,
                                 KvEntries& out) {
  return storage::read_kv_tree(txn, list.prefix(), *out.mutable_entries());
}

watch_interest query<KvList>::interest(const KvList& list, const KvEntries&) {
  return {.topics = {}, .prefixes = {storage::topics::kv(list.prefix())}};
}

std::uint64_t query<KvKeys>::run(const read_transaction& txn, const KvKeys& keys, const expression&,
                                 KvKeyNames& out) {
  return storage::read_kv_keys(txn, keys.prefix(), keys.separator(), *out.mutable_keys());
}

watch_interest query<KvKeys>::interest(const KvKeys& keys, const KvKeyNames&) {
  return {.topics = {}, .prefixes = {storage::topics::kv(keys.prefix())}};
}

}  // namespace troupe::actors::reads
