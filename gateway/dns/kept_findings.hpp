// Findings that are young enough to answer from again. Their age counts from when they were asked
// for, so that what the catalog learns afterwards is told at the latest dns_rows_age_max later.
// Pure: the time comes in.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gateway/dns/findings.hpp"

namespace troupe::gateway::dns {

class kept_findings {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // Null: none, or too old. Valid until the next keep().
  const findings* find(std::string_view key, time_point now) const;
  void keep(const std::string& key, std::shared_ptr<const findings> found, time_point asked_at);
  // Drops what is too old.
  void sweep(time_point now);
  std::size_t size() const { return entries_.size(); }

 private:
  struct entry {
    std::shared_ptr<const findings> found;
    time_point asked_at;
  };
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };

  std::unordered_map<std::string, entry, hash, std::equal_to<>> entries_;
  std::size_t instances_ = 0;
};

}  // namespace troupe::gateway::dns
