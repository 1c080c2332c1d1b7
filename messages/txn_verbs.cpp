#include "messages/txn_verbs.hpp"

#include <algorithm>
#include <array>

namespace troupe::messages {

namespace {

constexpr std::array<std::string_view, 7> kv_changes = {
    "set", "cas", "lock", "unlock", "delete", "delete-tree", "delete-cas"};
constexpr std::array<std::string_view, 6> kv_reads = {
    "get", "get-or-empty", "get-tree", "check-index", "check-session", "check-not-exists"};
constexpr std::array<std::string_view, 5> catalog_verbs = {"get", "set", "cas", "delete",
                                                           "delete-cas"};

template <std::size_t Count>
bool stands_in(std::string_view verb, const std::array<std::string_view, Count>& list) {
  return std::find(list.begin(), list.end(), verb) != list.end();
}

}  // namespace

bool is_kv_verb(std::string_view verb) {
  return stands_in(verb, kv_changes) || stands_in(verb, kv_reads);
}

bool is_catalog_verb(std::string_view verb) {
  return stands_in(verb, catalog_verbs);
}

bool only_reads(const TxnOp& op) {
  switch (op.kind_case()) {
    case TxnOp::kKv:
      return !stands_in(op.kv().verb(), kv_changes);
    case TxnOp::kNode:
      return op.node().verb() == "get";
    case TxnOp::kService:
      return op.service().verb() == "get";
    case TxnOp::kCheck:
      return op.check().verb() == "get";
    case TxnOp::KIND_NOT_SET:
      break;
  }
  return true;
}

}  // namespace troupe::messages
