// Every setting of the failure detector as an option of its own, for who wants to change one.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "actors/gossip/swim/swim_settings.hpp"
#include "messages/go_flags.hpp"
#include "messages/result.hpp"

namespace troupe::gossip_scale {

class detector_options {
 public:
  detector_options();
  detector_options(const detector_options&) = delete;  // flags fill what is in it
  detector_options& operator=(const detector_options&) = delete;

  void declare(messages::go_flags& flags);
  // Those that were given take the place of what stands in `into`, which is valid then. Fails with
  // errc::bad_request and one line for people.
  messages::result<void> apply(actors::gossip::swim::swim_settings& into) const;

 private:
  std::vector<std::optional<std::string>> numbers_;
  std::vector<std::optional<std::chrono::nanoseconds>> times_;
  std::vector<std::optional<bool>> switches_;
};

}  // namespace troupe::gossip_scale
