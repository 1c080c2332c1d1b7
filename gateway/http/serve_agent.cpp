#include "gateway/http/endpoints/agent.hpp"
#include "gateway/http/endpoints/telemetry.hpp"
#include "gateway/http/serve_definition.hpp"

namespace troupe::gateway {

template void serve<agent_self>(gateway&, exchange&);
template void serve<agent_members>(gateway&, exchange&);
template void serve<agent_leave>(gateway&, exchange&);
template void serve<agent_reload>(gateway&, exchange&);
template void serve<agent_metrics>(gateway&, exchange&);
template void serve<agent_host>(gateway&, exchange&);
template void serve<agent_services>(gateway&, exchange&);
template void serve<agent_service>(gateway&, exchange&);
template void serve<agent_checks>(gateway&, exchange&);
template void serve<agent_health_by_id>(gateway&, exchange&);
template void serve<agent_health_by_name>(gateway&, exchange&);
template void serve<agent_service_register>(gateway&, exchange&);
template void serve<agent_service_deregister>(gateway&, exchange&);
template void serve<agent_service_maintenance>(gateway&, exchange&);
template void serve<agent_maintenance>(gateway&, exchange&);
template void serve<agent_check_register>(gateway&, exchange&);
template void serve<agent_check_deregister>(gateway&, exchange&);
template void serve<agent_check_pass>(gateway&, exchange&);
template void serve<agent_check_warn>(gateway&, exchange&);
template void serve<agent_check_fail>(gateway&, exchange&);
template void serve<agent_check_update>(gateway&, exchange&);

}  // namespace troupe::gateway
