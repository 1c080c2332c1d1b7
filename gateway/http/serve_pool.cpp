#include "gateway/http/endpoints/coordinate.hpp"
#include "gateway/http/endpoints/event.hpp"
#include "gateway/http/endpoints/pool.hpp"
#include "gateway/http/serve_definition.hpp"

namespace troupe::gateway {

template void serve<agent_join>(gateway&, exchange&);
template void serve<agent_force_leave>(gateway&, exchange&);
template void serve<keyring_list>(gateway&, exchange&);
template void serve<keyring_install>(gateway&, exchange&);
template void serve<keyring_use>(gateway&, exchange&);
template void serve<keyring_remove>(gateway&, exchange&);
template void serve<coordinate_datacenters>(gateway&, exchange&);
template void serve<coordinate_nodes>(gateway&, exchange&);
template void serve<coordinate_node>(gateway&, exchange&);
template void serve<coordinate_update>(gateway&, exchange&);
template void serve<event_fire>(gateway&, exchange&);
template void serve<event_list>(gateway&, exchange&);

}  // namespace troupe::gateway
