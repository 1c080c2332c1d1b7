#include "gateway/http/endpoints/catalog.hpp"
#include "gateway/http/serve_definition.hpp"

namespace troupe::gateway {

template void serve<catalog_register>(gateway&, exchange&);
template void serve<catalog_deregister>(gateway&, exchange&);
template void serve<catalog_datacenters>(gateway&, exchange&);
template void serve<catalog_nodes>(gateway&, exchange&);
template void serve<catalog_services>(gateway&, exchange&);
template void serve<catalog_gateway_services>(gateway&, exchange&);
template void serve<catalog_service>(gateway&, exchange&);
template void serve<catalog_connect>(gateway&, exchange&);
template void serve<catalog_node>(gateway&, exchange&);
template void serve<catalog_node_services>(gateway&, exchange&);

}  // namespace troupe::gateway
