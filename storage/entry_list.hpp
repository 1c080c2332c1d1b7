// Log entries to read, wherever they stand: in a message of an actor or in a vector. Owns nothing.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "messages/raft.pb.h"

namespace troupe::storage {

class entry_list {
 public:
  entry_list() = default;
  entry_list(const google::protobuf::RepeatedPtrField<messages::LogEntry>& entries)
      : pointers_(entries.data()), size_(static_cast<std::size_t>(entries.size())) {}
  entry_list(std::span<const messages::LogEntry> entries)
      : objects_(entries.data()), size_(entries.size()) {}
  entry_list(const std::vector<messages::LogEntry>& entries)
      : entry_list(std::span<const messages::LogEntry>(entries)) {}

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  const messages::LogEntry& operator[](std::size_t at) const {
    return pointers_ != nullptr ? *pointers_[at] : objects_[at];
  }
  const messages::LogEntry& front() const { return (*this)[0]; }
  const messages::LogEntry& back() const { return (*this)[size_ - 1]; }

 private:
  const messages::LogEntry* const* pointers_ = nullptr;
  const messages::LogEntry* objects_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace troupe::storage
