#include "actors/gossip/serf/serf_types.hpp"

namespace troupe::actors::gossip::serf {

const char* to_text(member_status status) {
  switch (status) {
    case member_status::none:
      return "none";
    case member_status::alive:
      return "alive";
    case member_status::leaving:
      return "leaving";
    case member_status::left:
      return "left";
    case member_status::failed:
      return "failed";
  }
  return "none";
}

}  // namespace troupe::actors::gossip::serf
