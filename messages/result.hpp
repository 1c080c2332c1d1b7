// How an expected failure travels: result<T> is a value or a failure. Nothing of ours throws.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "messages/ensure.hpp"

namespace troupe::messages {

// The one list of failures. Numbers travel between nodes: append only.
enum class errc : std::uint8_t {
  bad_request = 1,        // HTTP 400
  unauthorized = 2,       // 401
  forbidden = 3,          // 403
  not_found = 4,          // 404
  conflict = 5,           // 409
  too_large = 6,          // 413
  too_many_requests = 7,  // 429
  failed = 8,             // 500: refused by a server; most of Consul's errors
  no_leader = 9,          // 500
  not_leader = 10,        // to be sent to the leader instead; never reaches a client
  timed_out = 11,         // 500
  unavailable = 12,       // 503
  io = 13,                // 500: disk or network
  corrupt = 14,           // stored data is not what was stored
};

struct failure {
  errc code = errc::failed;
  std::string detail;  // for people; the body of an HTTP answer
};

template <class T>
class [[nodiscard]] result {
 public:
  result(T value) : outcome_(std::move(value)) {}
  result(failure why) : outcome_(std::move(why)) {}

  bool has_value() const { return outcome_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const failure& error() const& {
    ensure(!has_value());
    return *std::get_if<1>(&outcome_);
  }
  failure&& error() && {
    ensure(!has_value());
    return std::move(*std::get_if<1>(&outcome_));
  }

 private:
  T& value() {
    ensure(has_value());
    return *std::get_if<0>(&outcome_);
  }
  const T& value() const {
    ensure(has_value());
    return *std::get_if<0>(&outcome_);
  }

  std::variant<T, failure> outcome_;
};

template <>
class [[nodiscard]] result<void> {
 public:
  result() = default;
  result(failure why) : why_(std::move(why)), failed_(true) {}

  bool has_value() const { return !failed_; }
  explicit operator bool() const { return !failed_; }
  const failure& error() const {
    ensure(failed_);
    return why_;
  }

 private:
  failure why_;
  bool failed_ = false;
};

}  // namespace troupe::messages
