#include "storage/read_txn.hpp"

#include "messages/go_quote.hpp"
#include "storage/tables.hpp"

namespace troupe::storage {

using messages::go_quote;
using messages::KvEntry;
using messages::TxnKvOp;
using messages::TxnOp;
using messages::TxnOutcome;

namespace {

std::string missing_key(const std::string& key) {
  return "key " + go_quote(key) + " doesn't exist";
}

void add_entry(TxnOutcome& out, KvEntry entry, bool with_value) {
  if (!with_value)
    entry.clear_value();
  *out.add_results()->mutable_kv() = std::move(entry);
}

std::string get_tree(const transaction& txn, const std::string& prefix, TxnOutcome& out) {
  for (auto rows = txn.scan<kv_table>(kv_table::key(prefix)); rows.next();)
    add_entry(out, rows.value(), true);
  return {};
}

std::string check_session(const TxnKvOp& op, const std::optional<KvEntry>& entry) {
  if (!entry)
    return "failed to check session, " + missing_key(op.key());
  if (entry->session() == op.session())
    return {};
  return "failed session check for key " + go_quote(op.key()) + ", current session " +
         go_quote(entry->session()) + " != " + go_quote(op.session());
}

std::string check_index(const TxnKvOp& op, const std::optional<KvEntry>& entry) {
  if (!entry)
    return "failed to check index, " + missing_key(op.key());
  if (entry->modify_index() == op.index())
    return {};
  return "failed index check for key " + go_quote(op.key()) + ", current modify index " +
         std::to_string(entry->modify_index()) + " != " + std::to_string(op.index());
}

std::string read_kv_op(const transaction& txn, const TxnKvOp& op, TxnOutcome& out) {
  const auto& verb = op.verb();
  if (verb == "get-tree")
    return get_tree(txn, op.key(), out);
  const auto entry = op.key().empty() ? std::nullopt : txn.get<kv_table>(kv_table::key(op.key()));
  if (verb == "check-not-exists")
    return entry ? "key " + go_quote(op.key()) + " exists" : std::string();
  if (verb == "get" && !entry)
    return missing_key(op.key());
  if (verb == "get-or-empty" && !entry) {
    KvEntry empty;
    empty.set_key(op.key());
    add_entry(out, std::move(empty), true);
    return {};
  }
  std::string why;
  if (verb == "check-session")
    why = check_session(op, entry);
  else if (verb == "check-index")
    why = check_index(op, entry);
  if (why.empty() && entry)
    add_entry(out, *entry, verb == "get" || verb == "get-or-empty");
  return why;
}

std::string read_node_op(const transaction& txn, const messages::Node& named, TxnOutcome& out) {
  auto found = txn_node(txn, named);
  if (!found)
    return "node " + go_quote(named.node()) + " doesn't exist";
  *out.add_results()->mutable_node() = std::move(*found);
  return {};
}

std::string read_service_op(const transaction& txn, const messages::TxnServiceOp& op,
                            TxnOutcome& out) {
  const auto& id = op.service().id();
  auto found = txn.get<service_table>(service_table::key(op.node(), id));
  if (!found)
    return "service " + go_quote(id) + " on node " + go_quote(op.node()) + " doesn't exist";
  *out.add_results()->mutable_service() = std::move(*found);
  return {};
}

std::string read_check_op(const transaction& txn, const messages::HealthCheck& named,
                          TxnOutcome& out) {
  auto found = txn.get<check_table>(check_table::key(named.node(), named.check_id()));
  if (!found)
    return "check " + go_quote(named.check_id()) + " on node " + go_quote(named.node()) +
           " doesn't exist";
  *out.add_results()->mutable_check() = std::move(*found);
  return {};
}

}  // namespace

std::string run_read(const transaction& txn, const TxnOp& op, TxnOutcome& out) {
  switch (op.kind_case()) {
    case TxnOp::kKv:
      return read_kv_op(txn, op.kv(), out);
    case TxnOp::kNode:
      return read_node_op(txn, op.node().node(), out);
    case TxnOp::kService:
      return read_service_op(txn, op.service(), out);
    case TxnOp::kCheck:
      return read_check_op(txn, op.check().check(), out);
    case TxnOp::KIND_NOT_SET:
      break;
  }
  return "no operation specified";
}

void read_txn(const read_transaction& txn, const google::protobuf::RepeatedPtrField<TxnOp>& ops,
              TxnOutcome& out) {
  for (int i = 0; i < ops.size(); ++i) {
    if (auto why = run_read(txn, ops[i], out); !why.empty())
      add_txn_error(out, i, std::move(why));
  }
  if (!out.errors().empty())
    out.clear_results();
}

void add_txn_error(TxnOutcome& out, int op_index, std::string why) {
  auto& error = *out.add_errors();
  error.set_op_index(op_index);
  error.set_what(std::move(why));
}

std::optional<messages::Node> txn_node(const transaction& txn, const messages::Node& named) {
  if (named.id().empty())
    return txn.get<node_table>(node_table::key(named.node()));
  const auto name = txn.get<node_id_table>(node_id_table::key(named.id()));
  return name ? txn.get<node_table>(node_table::key(*name)) : std::nullopt;
}

}  // namespace troupe::storage
