// Where an agent keeps its data that is to keep nothing (-dev): gone when this ends, in memory
// where the system has such a place.
#pragma once

#include <filesystem>
#include <memory>
#include <utility>

#include "messages/result.hpp"

namespace troupe::agent {

class development_directory {
 public:
  static messages::result<std::unique_ptr<development_directory>> make();
  ~development_directory();
  development_directory(const development_directory&) = delete;
  development_directory& operator=(const development_directory&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit development_directory(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

}  // namespace troupe::agent
