// Join and leave intents about members not known yet: the intent may overtake the news of the
// member.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "actors/gossip/serf/serf_types.hpp"

namespace troupe::actors::gossip::serf {

enum class intent_kind : std::uint8_t { join, leave };

class recent_intents {
 public:
  struct intent {
    intent_kind kind = intent_kind::join;
    lamport_time ltime;
    time_point since;
  };

  // Keeps one a name, the latest. True if this was news; false also if there are too many names.
  bool keep(std::string_view name, const intent& seen);
  // What was kept of a member that is known now; forgotten here.
  std::optional<intent> take(std::string_view name);
  void drop_older_than(time_point since);
  std::size_t size() const { return intents_.size(); }

 private:
  std::map<std::string, intent, std::less<>> intents_;
};

}  // namespace troupe::actors::gossip::serf
