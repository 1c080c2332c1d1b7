// Virtual addresses of the services of the mesh: from 240.0.0.1 on, a service the lowest that is
// free. Given with the first proxy or native instance, taken back once the service has neither an
// instance nor a proxy.
#pragma once

#include <string>

#include "storage/apply.hpp"

namespace troupe::storage {

// The key of a service's tagged addresses under which its instances in the mesh show it.
inline constexpr const char* virtual_address_tag = "consul-virtual";

// Tags an instance in the mesh with the virtual address of the service that it serves; once all of
// 240.0.0.0/4 is given, it goes without.
void tag_virtual_address(apply_context& batch, messages::NodeService& row);

// After an instance of it, or a proxy for it, was erased.
void free_virtual_address_if_unused(apply_context& batch, std::string_view service);

}  // namespace troupe::storage
