// A value that one thread replaces and any thread reads, whole: who reads keeps what it got. (In
// libstdc++ 12 std::atomic<std::shared_ptr> lets go of its lock, after a load, in a way that orders
// nothing: on some processors a reader could see half of the next value.)
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace troupe::actors {

template <class T>
class latest {
 public:
  explicit latest(std::shared_ptr<const T> first = nullptr) : value_(std::move(first)) {}

  std::shared_ptr<const T> load() const {
    const std::lock_guard lock(guard_);
    return value_;
  }
  void store(std::shared_ptr<const T> value) {
    const std::lock_guard lock(guard_);
    value_.swap(value);  // the old one ends when the lock is free again
  }

 private:
  mutable std::mutex guard_;
  std::shared_ptr<const T> value_;
};

}  // namespace troupe::actors
