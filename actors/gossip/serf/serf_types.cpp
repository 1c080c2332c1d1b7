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

member described(const swim_member& about, member_status status) {
  return {.name = about.name,
          .where = about.where,
          .tags = wire::decode_tags(about.meta).value_or(tag_map{}),
          .protocol = about.protocol,
          .delegate = about.delegate,
          .status = status};
}

}  // namespace troupe::actors::gossip::serf
