// What a reader must know of one kind of query. A specialisation of query<Request> says:
//
//   using reply = ...;              // the answer, with a field `meta`
//   static const Descriptor* filter_root();     // what ?filter= is about; null: it takes none
//   static std::uint64_t run(const read_transaction&, const Request&, const expression& filter,
//                            reply& out);       // fills the answer; the index of its result
//   static watch_interest interest(const Request&, const reply&);  // what may change the answer
//
// Everything else (consistency, waiting, deadlines, cancelling) is reader_actor.hpp's, once for
// all.
#pragma once

#include <cstdint>

#include <google/protobuf/descriptor.h>

#include "actors/reads/watch_registry.hpp"
#include "messages/filter/expression.hpp"
#include "storage/transaction.hpp"

namespace troupe::actors::reads {

template <class Request>
struct query;

}  // namespace troupe::actors::reads
