#include "gateway/http/endpoints/connect.hpp"
#include "gateway/http/endpoints/health.hpp"
#include "gateway/http/endpoints/status.hpp"
#include "gateway/http/serve_definition.hpp"

namespace troupe::gateway {

template void serve<health_node>(gateway&, exchange&);
template void serve<health_checks>(gateway&, exchange&);
template void serve<health_state>(gateway&, exchange&);
template void serve<health_service>(gateway&, exchange&);
template void serve<health_connect>(gateway&, exchange&);
template void serve<health_ingress>(gateway&, exchange&);
template void serve<status_leader>(gateway&, exchange&);
template void serve<status_peers>(gateway&, exchange&);
template void serve<connect_ca_roots>(gateway&, exchange&);
template void serve<agent_ca_roots>(gateway&, exchange&);

}  // namespace troupe::gateway
