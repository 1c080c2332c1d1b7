// A whole file at once.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

namespace troupe::gossip_scale {

// In a folder that is made if there is none. False: it could not be written.
inline bool write_file(const std::filesystem::path& folder, const std::string& name,
                       const std::string& text) {
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  std::ofstream out{folder / name};
  out << text;
  return static_cast<bool>(out.flush());
}

}  // namespace troupe::gossip_scale
