#include "gateway/http/endpoints/session.hpp"
#include "gateway/http/endpoints/txn.hpp"
#include "gateway/http/serve_definition.hpp"

namespace troupe::gateway {

template void serve<session_create>(gateway&, exchange&);
template void serve<session_destroy>(gateway&, exchange&);
template void serve<session_renew>(gateway&, exchange&);
template void serve<session_info>(gateway&, exchange&);
template void serve<session_node>(gateway&, exchange&);
template void serve<session_list>(gateway&, exchange&);
template void serve<txn_read>(gateway&, exchange&);
template void serve<txn_write>(gateway&, exchange&);

}  // namespace troupe::gateway
