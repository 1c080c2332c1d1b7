#include "gateway/http/endpoints/query.hpp"
#include "gateway/http/serve_definition.hpp"

namespace troupe::gateway {

template void serve<query_create>(gateway&, exchange&);
template void serve<query_update>(gateway&, exchange&);
template void serve<query_delete>(gateway&, exchange&);
template void serve<query_list>(gateway&, exchange&);
template void serve<query_get>(gateway&, exchange&);
template void serve<query_execute>(gateway&, exchange&);
template void serve<query_explain>(gateway&, exchange&);

}  // namespace troupe::gateway
