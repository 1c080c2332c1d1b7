// /v1/kv/<key>: section 3.1 of the API.
#pragma once

#include "gateway/http/endpoints/endpoint.hpp"
#include "messages/command.pb.h"
#include "messages/kv.pb.h"

namespace troupe::gateway {

// GET; [?raw]
struct kv_read {
  using message = m::KvGet;
  using reply = m::KvEntries;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// GET ?recurse
struct kv_list {
  using message = m::KvList;
  using reply = m::KvEntries;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// GET ?keys [&separator=]
struct kv_keys {
  using message = m::KvKeys;
  using reply = m::KvKeyNames;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// PUT [?flags= | cas= | acquire= | release=]
struct kv_write {
  using message = m::Propose;
  using reply = m::CommandResult;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// DELETE [?recurse | cas=]
struct kv_delete {
  using message = m::Propose;
  using reply = m::CommandResult;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

}  // namespace troupe::gateway
