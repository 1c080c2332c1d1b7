// What a router knows of the other servers of its datacenter. The node fills it in, for the links
// to them are another concern's.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/interfaces.hpp"
#include "messages/result.hpp"

namespace troupe::actors::router {

struct other_servers {
  // The router of that server; unset: it is not known. Callable on any thread, without waiting.
  std::function<std::optional<router_actor>(const std::string& id)> find;
  std::function<std::vector<std::string>()> ids;
  // Whether a failure says that the request never left this node.
  std::function<bool(const messages::failure&)> is_never_sent;
};

}  // namespace troupe::actors::router
