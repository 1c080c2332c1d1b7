#include "actors/router/permissions.hpp"

#include "actors/runtime/authorize.hpp"

namespace troupe::actors::router {

namespace m = messages;
using messages::result;

result<void> permit(const m::KvGet& request) {
  return authorize(request.options().token(), resource::key, request.key(), access::read);
}

result<void> permit(const m::KvList& request) {
  return authorize(request.options().token(), resource::key, request.prefix(), access::list);
}

result<void> permit(const m::KvKeys& request) {
  return authorize(request.options().token(), resource::key, request.prefix(), access::list);
}

result<void> permit(const m::NodesQuery& request) {
  return authorize(request.options().token(), resource::node, {}, access::list);
}

result<void> permit(const m::ServicesQuery& request) {
  return authorize(request.options().token(), resource::service, {}, access::list);
}

result<void> permit(const m::ServiceNodesQuery& request) {
  return authorize(request.options().token(), resource::service, request.selection().service(),
                   access::read);
}

result<void> permit(const m::NodeServicesQuery& request) {
  return authorize(request.options().token(), resource::node, request.node(), access::read);
}

result<void> permit(const m::NodeChecksQuery& request) {
  return authorize(request.options().token(), resource::node, request.node(), access::read);
}

result<void> permit(const m::ServiceChecksQuery& request) {
  return authorize(request.options().token(), resource::service, request.service(), access::read);
}

result<void> permit(const m::ChecksInStateQuery& request) {
  return authorize(request.options().token(), resource::node, {}, access::list);
}

result<void> permit(const m::ServiceHealthQuery& request) {
  return authorize(request.options().token(), resource::service, request.selection().service(),
                   access::read);
}

// The roots are public: every client needs them to trust anybody.
result<void> permit(const m::CaRootsQuery&) {
  return {};
}

result<void> permit(const m::AutopilotConfigurationQuery& request) {
  return authorize(request.options().token(), resource::operator_, {}, access::read);
}

result<void> permit(const m::AutopilotStateQuery& request) {
  return authorize(request.options().token(), resource::operator_, {}, access::read);
}

result<void> permit(const m::RaftServersQuery& request) {
  return authorize(request.options().token(), resource::operator_, {}, access::read);
}

result<void> permit(const m::OperateRaft& request) {
  return authorize(request.options().token(), resource::operator_, {}, access::write);
}

result<void> permit(const m::SessionInfo& request) {
  return authorize(request.options().token(), resource::session, request.id(), access::read);
}

result<void> permit(const m::NodeSessions& request) {
  return authorize(request.options().token(), resource::session, request.node(), access::read);
}

result<void> permit(const m::SessionList& request) {
  return authorize(request.options().token(), resource::session, {}, access::list);
}

result<void> permit(const m::SessionRenew& request) {
  return authorize(request.options().token(), resource::session, request.id(), access::write);
}

namespace {

result<void> permit(const std::string& token, const m::TxnOp& op, access wanted) {
  switch (op.kind_case()) {
    case m::TxnOp::kKv:
      return authorize(token, resource::key, op.kv().key(), wanted);
    case m::TxnOp::kNode:
      return authorize(token, resource::node, op.node().node().node(), wanted);
    case m::TxnOp::kService:
      return authorize(token, resource::service, op.service().service().service(), wanted);
    case m::TxnOp::kCheck:
      return authorize(token, resource::node, op.check().check().node(), wanted);
    case m::TxnOp::KIND_NOT_SET:
      break;
  }
  return {};
}

result<void> permit_all(const std::string& token,
                        const google::protobuf::RepeatedPtrField<m::TxnOp>& ops, access wanted) {
  for (const auto& op : ops) {
    if (auto allowed = permit(token, op, wanted); !allowed)
      return allowed;
  }
  return {};
}

}  // namespace

result<void> permit(const m::TxnRead& request) {
  return permit_all(request.options().token(), request.ops(), access::read);
}

result<void> permit(const m::Propose& request) {
  const auto& token = request.options().token();
  const auto& command = request.command();
  switch (command.kind_case()) {
    case m::Command::kKv:
      return authorize(token, resource::key, command.kv().entry().key(), access::write);
    case m::Command::kRegister: {
      const auto& wanted = command.register_();
      if (auto node = authorize(token, resource::node, wanted.node(), access::write); !node)
        return node;
      if (!wanted.has_service())
        return {};
      return authorize(token, resource::service, wanted.service().service(), access::write);
    }
    case m::Command::kDeregister:
      return authorize(token, resource::node, command.deregister().node(), access::write);
    case m::Command::kSessionCreate:
      return authorize(token, resource::session, command.session_create().session().node(),
                       access::write);
    case m::Command::kSessionDestroy:
      return authorize(token, resource::session, command.session_destroy().id(), access::write);
    case m::Command::kQuerySet:
      return authorize(token, resource::query, command.query_set().query().name(), access::write);
    case m::Command::kQueryDelete:
      return authorize(token, resource::query, command.query_delete().id(), access::write);
    case m::Command::kTxn:
      return permit_all(token, command.txn().ops(), access::write);
    default:
      return authorize(token, resource::operator_, {}, access::write);
  }
}

result<void> permit(const m::CoordinatesQuery& request) {
  return authorize(request.options().token(), resource::node, {}, access::list);
}

result<void> permit(const m::NodeCoordinatesQuery& request) {
  return authorize(request.options().token(), resource::node, request.node(), access::read);
}

result<void> permit(const m::UpdateCoordinate& request) {
  return authorize(request.options().token(), resource::node, request.entry().node(),
                   access::write);
}

result<void> permit(const m::PreparedQueriesQuery& request) {
  return authorize(request.options().token(), resource::query, {}, access::list);
}

result<void> permit(const m::PreparedQueryGet& request) {
  return authorize(request.options().token(), resource::query, request.id(), access::read);
}

result<void> permit(const m::PreparedQueryExecute& request) {
  return authorize(request.options().token(), resource::query, request.id_or_name(), access::read);
}

result<void> permit(const m::PreparedQueryExplain& request) {
  return authorize(request.options().token(), resource::query, request.id_or_name(), access::read);
}

result<void> permit(const m::OperateKeyrings& request) {
  const bool reads = request.operation() == m::KeyringRequest::LIST;
  return authorize(request.token(), resource::keyring, {}, reads ? access::read : access::write);
}

result<void> permit(const m::FireUserEvent& request) {
  return authorize(request.token(), resource::event, request.name(), access::write);
}

}  // namespace troupe::actors::router
