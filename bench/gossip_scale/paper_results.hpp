// The results of runs, kept in a file, a line a run, so that a sweep of hours can be stopped and
// taken up again. A line that was cut off is as if it had never been written.
#pragma once

#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/gossip_scale/scenario.hpp"
#include "messages/result.hpp"

namespace troupe::gossip_scale {

// What the paper's tables need of a run.
struct kept_result {
  std::uint64_t false_positives = 0;
  std::uint64_t false_positives_at_healthy = 0;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::vector<double> first_detection_s{};
  std::vector<double> full_dissemination_s{};

  bool operator==(const kept_result&) const = default;

  static kept_result of(const figures& found);
};

// Without a line feed; seconds are kept to the microsecond.
std::string line_of(const std::string& key, const kept_result& result);
// Nothing if the line is not whole.
std::optional<std::pair<std::string, kept_result>> read_line(std::string_view line);

class results_file {
 public:
  // Reads what is there; errc::bad_request and one line if the file is something else or cannot be
  // written.
  static messages::result<results_file> open(const std::string& path);

  const std::map<std::string, kept_result>& all() const { return all_; }
  // In the file once this returns; false: it could not be written.
  bool add(const std::string& key, kept_result result);

 private:
  std::map<std::string, kept_result> all_;
  std::ofstream out_;
};

}  // namespace troupe::gossip_scale
