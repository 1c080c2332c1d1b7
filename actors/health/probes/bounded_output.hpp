// The end of a text of any length: what is kept of a script's output or an answer's body.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::actors {

class bounded_output {
 public:
  explicit bounded_output(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  void append(std::string_view piece) {
    total_ += piece.size();
    if (piece.size() > bytes_max_)
      piece.remove_prefix(piece.size() - bytes_max_);
    kept_.append(piece);
    if (kept_.size() > 2 * bytes_max_)  // seldom enough that appending stays linear
      trim();
  }

  // The last bytes_max of what was appended.
  const std::string& text() {
    trim();
    return kept_;
  }

  std::uint64_t total() const { return total_; }

 private:
  void trim() {
    if (kept_.size() > bytes_max_)
      kept_.erase(0, kept_.size() - bytes_max_);
  }

  std::size_t bytes_max_;
  std::string kept_;
  std::uint64_t total_ = 0;
};

}  // namespace troupe::actors
