// The queries of network coordinates.
#pragma once

#include "actors/reads/query.hpp"
#include "messages/coordinate.pb.h"

namespace troupe::actors::reads {

template <>
struct query<messages::CoordinatesQuery> {
  using reply = messages::Coordinates;
  static const google::protobuf::Descriptor* filter_root() { return nullptr; }
  static std::uint64_t run(const storage::read_transaction& txn, const messages::CoordinatesQuery&,
                           const messages::filter::expression&, messages::Coordinates& out);
  static watch_interest interest(const messages::CoordinatesQuery&, const messages::Coordinates&);
};

template <>
struct query<messages::NodeCoordinatesQuery> {
  using reply = messages::Coordinates;
  static const google::protobuf::Descriptor* filter_root() { return nullptr; }
  static std::uint64_t run(const storage::read_transaction& txn,
                           const messages::NodeCoordinatesQuery& request,
                           const messages::filter::expression&, messages::Coordinates& out);
  static watch_interest interest(const messages::NodeCoordinatesQuery& request,
                                 const messages::Coordinates&);
};

}  // namespace troupe::actors::reads
