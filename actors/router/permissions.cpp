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
    default:
      return authorize(token, resource::operator_, {}, access::write);
  }
}

}  // namespace troupe::actors::router
