// A transaction: its operations one after the other inside a nested LMDB transaction, which is kept
// if all of them succeed and else leaves no trace. Each operation is one of the other commands.
#include <array>

#include "messages/go_quote.hpp"
#include "messages/txn_verbs.hpp"
#include "storage/apply.hpp"
#include "storage/read_txn.hpp"

namespace troupe::storage {

using messages::CommandResult;
using messages::go_quote;
using messages::KvWrite;
using messages::TxnCheckOp;
using messages::TxnKvOp;
using messages::TxnNodeOp;
using messages::TxnOp;
using messages::TxnOutcome;
using messages::TxnServiceOp;

namespace {

// -- the store --------------------------------------------------------------------

struct kv_verb {
  std::string_view name;
  KvWrite::Verb verb;
  // What is said, with the key, of one that did not match.
  std::string_view before_key;
  std::string_view after_key;
};

constexpr std::array<kv_verb, 7> kv_verbs = {{
    {"set", KvWrite::SET, "", ""},
    {"cas", KvWrite::CAS, "failed to set key ", ", index is stale"},
    {"delete", KvWrite::DELETE, "", ""},
    {"delete-cas", KvWrite::DELETE_CAS, "failed to delete key ", ", index is stale"},
    {"delete-tree", KvWrite::DELETE_TREE, "", ""},
    {"lock", KvWrite::LOCK, "failed to lock key ", ", lock is already held"},
    {"unlock", KvWrite::UNLOCK, "failed to unlock key ",
     ", lock isn't held, or is held by another session"},
}};

const kv_verb* find_kv_verb(std::string_view name) {
  for (const auto& each : kv_verbs) {
    if (each.name == name)
      return &each;
  }
  return nullptr;
}

KvWrite kv_write_of(const TxnKvOp& op, KvWrite::Verb verb) {
  KvWrite write;
  write.set_verb(verb);
  auto& entry = *write.mutable_entry();
  entry.set_key(op.key());
  entry.set_value(op.value());
  entry.set_flags(op.flags());
  entry.set_session(op.session());
  entry.set_modify_index(op.index());
  return write;
}

bool is_delete(KvWrite::Verb verb) {
  return verb == KvWrite::DELETE || verb == KvWrite::DELETE_CAS || verb == KvWrite::DELETE_TREE;
}

std::string run_kv(apply_context& batch, const TxnKvOp& op, TxnOutcome& out) {
  const auto* verb = find_kv_verb(op.verb());
  if (verb == nullptr)
    return "unknown KV verb " + go_quote(op.verb());
  const auto outcome = apply_kv(batch, kv_write_of(op, verb->verb));
  if (!outcome.error().empty())
    return outcome.error();
  if (!outcome.done())
    return std::string(verb->before_key) + go_quote(op.key()) + std::string(verb->after_key);
  if (is_delete(verb->verb))
    return {};
  if (auto stored = batch.txn().get<kv_table>(kv_table::key(op.key()))) {
    stored->clear_value();
    *out.add_results()->mutable_kv() = std::move(*stored);
  }
  return {};
}

// -- the catalog --------------------------------------------------------------------

enum class change : std::uint8_t { unknown, set, cas, remove, remove_cas };

change change_of(std::string_view verb) {
  if (verb == "set")
    return change::set;
  if (verb == "cas")
    return change::cas;
  if (verb == "delete")
    return change::remove;
  return verb == "delete-cas" ? change::remove_cas : change::unknown;
}

// Whether a row may be changed: at index 0 only one that is not there may be set, and one that is
// not there may always be deleted.
template <class Row>
bool may_change(change wanted, const std::optional<Row>& existing, std::uint64_t index) {
  if (wanted == change::cas)
    return index == (existing ? existing->modify_index() : 0);
  if (wanted == change::remove_cas)
    return !existing || existing->modify_index() == index;
  return true;
}

bool removes(change wanted) {
  return wanted == change::remove || wanted == change::remove_cas;
}

std::string stale(change wanted, const std::string& what) {
  return (removes(wanted) ? "failed to delete " : "failed to set ") + what + ", index is stale";
}

// A registration says in front of what went wrong that it was one; a transaction does not.
std::string registered(apply_context& batch, messages::RegisterRequest request) {
  constexpr std::string_view prefix = "failed inserting node: ";
  std::string why = apply_register(batch, std::move(request)).error();
  return why.starts_with(prefix) ? why.substr(prefix.size()) : why;
}

bool node_exists(apply_context& batch, const std::string& node) {
  return batch.txn().contains<node_table>(node_table::key(node));
}

std::string run_node(apply_context& batch, const TxnOp& whole, TxnOutcome& out) {
  const TxnNodeOp& op = whole.node();
  const auto& node = op.node();
  const auto wanted = change_of(op.verb());
  if (wanted == change::unknown)
    return "unknown Node verb " + go_quote(op.verb());
  const auto existing = wanted == change::cas
                            ? txn_node(batch.txn(), node)
                            : batch.txn().get<node_table>(node_table::key(node.node()));
  if (!may_change(wanted, existing, node.modify_index()))
    return stale(wanted, "node " + go_quote(node.node()));
  if (removes(wanted)) {
    messages::DeregisterRequest request;
    request.set_node(node.node());
    return apply_deregister(batch, request).error();
  }
  messages::RegisterRequest request;
  request.set_id(node.id());
  request.set_node(node.node());
  request.set_address(node.address());
  request.set_datacenter(node.datacenter());
  *request.mutable_tagged_addresses() = node.tagged_addresses();
  *request.mutable_node_meta() = node.meta();
  if (node.has_locality())
    *request.mutable_locality() = node.locality();
  if (auto why = registered(batch, std::move(request)); !why.empty())
    return why;
  return run_read(batch.txn(), whole, out);
}

std::string run_service(apply_context& batch, const TxnOp& whole, TxnOutcome& out) {
  const TxnServiceOp& op = whole.service();
  const auto& id = op.service().id();
  const auto wanted = change_of(op.verb());
  if (wanted == change::unknown)
    return "unknown Service verb " + go_quote(op.verb());
  const auto existing = batch.txn().get<service_table>(service_table::key(op.node(), id));
  if (!may_change(wanted, existing, op.service().modify_index()))
    return stale(wanted, "service " + go_quote(id) + " on node " + go_quote(op.node()));
  if (removes(wanted)) {
    if (!existing)
      return {};
    messages::DeregisterRequest request;
    request.set_node(op.node());
    request.set_service_id(id);
    return apply_deregister(batch, request).error();
  }
  if (!node_exists(batch, op.node()))
    return "Missing node registration";
  messages::RegisterRequest request;
  request.set_node(op.node());
  request.set_skip_node_update(true);
  *request.mutable_service() = op.service();
  if (auto why = registered(batch, std::move(request)); !why.empty())
    return why;
  return run_read(batch.txn(), whole, out);
}

std::string run_check(apply_context& batch, const TxnOp& whole, TxnOutcome& out) {
  const TxnCheckOp& op = whole.check();
  const auto& check = op.check();
  const auto wanted = change_of(op.verb());
  if (wanted == change::unknown)
    return "unknown Check verb " + go_quote(op.verb());
  const auto existing =
      batch.txn().get<check_table>(check_table::key(check.node(), check.check_id()));
  if (!may_change(wanted, existing, check.modify_index()))
    return stale(wanted,
                 "check " + go_quote(check.check_id()) + " on node " + go_quote(check.node()));
  if (removes(wanted)) {
    if (!existing)
      return {};
    messages::DeregisterRequest request;
    request.set_node(check.node());
    request.set_check_id(check.check_id());
    return apply_deregister(batch, request).error();
  }
  if (!node_exists(batch, check.node()))
    return "Missing node registration";
  if (!check.service_id().empty() &&
      !batch.txn().contains<service_table>(service_table::key(check.node(), check.service_id())))
    return "Missing service registration";
  messages::RegisterRequest request;
  request.set_node(check.node());
  request.set_skip_node_update(true);
  *request.add_checks() = check;
  if (auto why = registered(batch, std::move(request)); !why.empty())
    return why;
  return run_read(batch.txn(), whole, out);
}

std::string run(apply_context& batch, const TxnOp& op, TxnOutcome& out) {
  if (messages::only_reads(op))
    return run_read(batch.txn(), op, out);
  switch (op.kind_case()) {
    case TxnOp::kKv:
      return run_kv(batch, op.kv(), out);
    case TxnOp::kNode:
      return run_node(batch, op, out);
    case TxnOp::kService:
      return run_service(batch, op, out);
    default:
      return run_check(batch, op, out);
  }
}

}  // namespace

CommandResult apply_txn(apply_context& batch, const messages::Txn& command) {
  auto txn = batch.txn().nested();
  change_set changes;
  apply_context inside(txn, changes);
  inside.start(batch.log_index());
  CommandResult result;
  auto& out = *result.mutable_txn();
  for (int i = 0; i < command.ops_size(); ++i) {
    if (auto why = run(inside, command.ops(i), out); !why.empty())
      add_txn_error(out, i, std::move(why));
  }
  if (!out.errors().empty()) {
    out.clear_results();
    return result;
  }
  // A failure of the disk is the whole batch's, whose own commit tells of it.
  if (txn.commit()) {
    batch.absorb_indexes(inside);
    batch.absorb_changes(std::move(changes));
    result.set_done(true);
  }
  return result;
}

bool knows_every_verb(const messages::Txn& command) {
  for (const auto& op : command.ops()) {
    switch (op.kind_case()) {
      case TxnOp::kKv:
        if (!messages::is_kv_verb(op.kv().verb()))
          return false;
        break;
      case TxnOp::kNode:
        if (!messages::is_catalog_verb(op.node().verb()))
          return false;
        break;
      case TxnOp::kService:
        if (!messages::is_catalog_verb(op.service().verb()))
          return false;
        break;
      case TxnOp::kCheck:
        if (!messages::is_catalog_verb(op.check().verb()))
          return false;
        break;
      case TxnOp::KIND_NOT_SET:
        return false;
    }
  }
  return true;
}

}  // namespace troupe::storage
