// The registry's files under the data directory: what was registered through the API, and the last
// report of each TTL check, so that a restarted agent knows them again.
//
//   services/<hash of the id>       RegisterService, without its checks
//   checks/<hash of the id>         RegisterCheck
//   checks/state/<hash of the id>   status, output and when they are no longer worth anything
//
// Each is one JSON document (Protobuf's own mapping), written beside its place, synced and renamed:
// a killed agent leaves the old file or the new one. It never decides what is restored.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/agent.pb.h"
#include "messages/result.hpp"

namespace troupe::actors {

struct stored_check_state {
  std::string check_id;
  std::string status;
  std::string output;
  std::int64_t expires_unix_ns = 0;
};

struct stored_definitions {
  std::vector<messages::RegisterService> services;
  std::vector<messages::RegisterCheck> checks;
  std::vector<std::string> warnings;  // a file that was passed over, and why
};

class registry_store {
 public:
  // Makes the folders. Fails with errc::io.
  static messages::result<registry_store> open(const std::filesystem::path& data_dir);

  // Durable once they return. Fail with errc::io.
  messages::result<void> save(const messages::RegisterService& service) const;
  messages::result<void> save(const messages::RegisterCheck& check) const;
  // Not synced: a lost report costs a check one interval as critical, a sync a report would cost a
  // disk write for every heartbeat of every service.
  messages::result<void> save(const stored_check_state& state) const;

  // Absent ones are no failure.
  messages::result<void> remove_service(std::string_view id) const;
  messages::result<void> remove_check(std::string_view id) const;  // and its state

  // Everything that can be read; what cannot is left where it is and named in the warnings.
  stored_definitions load() const;
  // None if there is none, or it cannot be read.
  std::optional<stored_check_state> load_state(std::string_view check_id) const;

 private:
  explicit registry_store(const std::filesystem::path& data_dir);

  std::filesystem::path services_;
  std::filesystem::path checks_;
  std::filesystem::path states_;
};

}  // namespace troupe::actors
