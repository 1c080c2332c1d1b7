#include "gateway/http/endpoints/kv.hpp"
#include "gateway/http/serve_definition.hpp"

namespace troupe::gateway {

template void serve<kv_read>(gateway&, exchange&);
template void serve<kv_list>(gateway&, exchange&);
template void serve<kv_keys>(gateway&, exchange&);
template void serve<kv_write>(gateway&, exchange&);
template void serve<kv_delete>(gateway&, exchange&);

}  // namespace troupe::gateway
