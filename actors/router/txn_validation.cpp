#include "actors/router/txn_validation.hpp"

#include <string_view>

#include "actors/router/write_validation.hpp"
#include "messages/go_quote.hpp"
#include "messages/limits.hpp"
#include "messages/txn_verbs.hpp"

namespace troupe::actors::router {

namespace m = messages;

namespace {

// Each: why it is refused; empty: it is not.

std::string vet_kv(const m::TxnKvOp& op) {
  if (op.key().empty() && op.verb() != "delete-tree")
    return "Must provide key";
  if (!m::is_kv_verb(op.verb()))
    return "unknown KV operation: " + op.verb();
  if (op.key().size() > m::limits::kv_key_bytes_max)
    return "invalid key name, longer than " + std::to_string(m::limits::kv_key_bytes_max) +
           " bytes";
  return {};
}

std::string vet_verb(std::string_view of, const std::string& verb) {
  if (m::is_catalog_verb(verb))
    return {};
  return "unknown " + std::string(of) + " operation: " + verb;
}

std::string vet_node(m::TxnNodeOp& op, const std::string& own_datacenter) {
  auto& node = *op.mutable_node();
  if (node.datacenter().empty())
    node.set_datacenter(own_datacenter);
  if (auto why = vet_verb("node", op.verb()); !why.empty())
    return why;
  if (node.node().empty())
    return "Must provide node";
  if (!node.id().empty()) {
    if (auto id = validate_node_id(node.id()); !id)
      return id.error().detail;
  }
  return {};
}

std::string vet_service(m::TxnServiceOp& op) {
  if (auto why = vet_verb("service", op.verb()); !why.empty())
    return why;
  if (op.node().empty())
    return "Must provide node";
  auto& service = *op.mutable_service();
  if (service.id().empty())
    service.set_id(service.service());
  clear_unset_weights(service);
  if ((op.verb() == "set" || op.verb() == "cas") && service.service().empty())
    return "Must provide service name (Service.Service) when service ID is provided";
  return {};
}

std::string vet_check(m::TxnCheckOp& op) {
  auto& check = *op.mutable_check();
  if (check.check_id().empty())
    check.set_check_id(check.name());
  if (check.type().empty())
    check.set_type(std::string(check_type(check.definition())));
  if (auto why = vet_verb("check", op.verb()); !why.empty())
    return why;
  return check.node().empty() ? "Must provide node" : "";
}

std::string vet(m::TxnOp& op, const std::string& own_datacenter) {
  switch (op.kind_case()) {
    case m::TxnOp::kKv:
      return vet_kv(op.kv());
    case m::TxnOp::kNode:
      return vet_node(*op.mutable_node(), own_datacenter);
    case m::TxnOp::kService:
      return vet_service(*op.mutable_service());
    case m::TxnOp::kCheck:
      return vet_check(*op.mutable_check());
    case m::TxnOp::KIND_NOT_SET:
      break;
  }
  return "no operation specified";
}

}  // namespace

m::TxnOutcome vet_txn(google::protobuf::RepeatedPtrField<m::TxnOp>& ops,
                      const std::string& own_datacenter) {
  m::TxnOutcome refused;
  for (int i = 0; i < ops.size(); ++i) {
    auto why = vet(ops[i], own_datacenter);
    if (why.empty())
      continue;
    auto& error = *refused.add_errors();
    error.set_op_index(i);
    error.set_what(std::move(why));
  }
  return refused;
}

}  // namespace troupe::actors::router
