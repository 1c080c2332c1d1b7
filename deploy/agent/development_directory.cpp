#include "deploy/agent/development_directory.hpp"

#include <cstdlib>
#include <string>

namespace troupe::agent {

namespace fs = std::filesystem;

messages::result<std::unique_ptr<development_directory>> development_directory::make() {
  std::error_code ignored;
  const bool in_memory = fs::is_directory("/dev/shm", ignored);
  std::string path =
      ((in_memory ? fs::path("/dev/shm") : fs::temp_directory_path()) / "troupe-dev-XXXXXX")
          .string();
  if (mkdtemp(path.data()) == nullptr)
    return messages::failure{messages::errc::io, "no temporary directory can be made"};
  return std::unique_ptr<development_directory>(new development_directory(path));
}

development_directory::~development_directory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace troupe::agent
