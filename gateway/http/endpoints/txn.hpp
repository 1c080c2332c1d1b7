// PUT /v1/txn: section 3.7 of the API. A transaction that only reads and one that writes go
// different ways and are answered differently.
#pragma once

#include "gateway/http/endpoints/endpoint.hpp"
#include "messages/command.pb.h"
#include "messages/txn.pb.h"

namespace troupe::gateway {

// Which of the two it is. Of a body that cannot be read either: both say why.
bool is_read_only_txn(const api_request& http);

struct txn_read {
  using message = m::TxnRead;
  using reply = m::TxnReadReply;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct txn_write {
  using message = m::Propose;
  using reply = m::CommandResult;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

}  // namespace troupe::gateway
