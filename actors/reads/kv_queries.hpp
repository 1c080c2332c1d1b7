// The queries of the key/value store.
#pragma once

#include "actors/reads/query.hpp"
#include "messages/kv.pb.h"

namespace troupe::actors::reads {

template <class Reply>
struct kv_query {
  using reply = Reply;
  static const google::protobuf::Descriptor* filter_root() { return nullptr; }
};

template <>
struct query<messages::KvGet> : kv_query<messages::KvEntries> {
  static std::uint64_t run(const storage::read_transaction& txn, const messages::KvGet& get,
                           const messages::filter::expression&, messages::KvEntries& out);
  static watch_interest interest(const messages::KvGet& get, const messages::KvEntries&);
};

template <>
struct query<messages::KvList> : kv_query<messages::KvEntries> {
  static std::uint64_t run(const storage::read_transaction& txn, const messages::KvList& list,
                           const messages::filter::expression&, messages::KvEntries& out);
  static watch_interest interest(const messages::KvList& list, const messages::KvEntries&);
};

template <>
struct query<messages::KvKeys> : kv_query<messages::KvKeyNames> {
  static std::uint64_t run(const storage::read_transaction& txn, const messages::KvKeys& keys,
                           const messages::filter::expression&, messages::KvKeyNames& out);
  static watch_interest interest(const messages::KvKeys& keys, const messages::KvKeyNames&);
};

}  // namespace troupe::actors::reads
