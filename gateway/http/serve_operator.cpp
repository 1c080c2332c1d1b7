#include "gateway/http/endpoints/operator.hpp"
#include "gateway/http/serve_definition.hpp"

namespace troupe::gateway {

template void serve<raft_configuration>(gateway&, exchange&);
template void serve<raft_remove_peer>(gateway&, exchange&);
template void serve<raft_transfer_leader>(gateway&, exchange&);
template void serve<autopilot_configuration>(gateway&, exchange&);
template void serve<autopilot_configure>(gateway&, exchange&);
template void serve<autopilot_health>(gateway&, exchange&);
template void serve<autopilot_state>(gateway&, exchange&);

}  // namespace troupe::gateway
