// A directory of a test's own, gone with it. In memory where the system has such a place: no test
// here needs a disk that survives the machine. Throws nothing but what std::string does: a test
// that got no directory fails and has an empty path.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include <gtest/gtest.h>
#include <unistd.h>

namespace troupe::tests {

class temporary_directory {
 public:
  temporary_directory() {
    std::error_code ignored;
    const std::filesystem::path memory = "/dev/shm";
    const auto place = ::access(memory.c_str(), W_OK | X_OK) == 0
                           ? memory
                           : std::filesystem::temp_directory_path(ignored);
    std::string name = (place / "troupe-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      ADD_FAILURE() << "no temporary directory at " << place;
    else
      path_ = name;
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory() {
    std::error_code ignored;
    if (!path_.empty())
      std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace troupe::tests
