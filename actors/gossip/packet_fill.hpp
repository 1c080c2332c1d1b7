// How much more than a packet holds may go into one, because compression takes it off again: what
// members say of themselves is much alike. It goes by what the last full packets came to; one that
// did not fit is sent as two, and the next ones are filled less.
#pragma once

#include <algorithm>
#include <cstddef>

namespace troupe::actors::gossip {

class packet_fill {
 public:
  // Not `compresses`: never more.
  packet_fill(std::size_t packet_bytes, bool compresses)
      : packet_bytes_(packet_bytes), compresses_(compresses) {}

  std::size_t extra_bytes() const {
    return static_cast<std::size_t>((ratio_ - 1) * static_cast<double>(packet_bytes_));
  }
  // A packet of so many bytes came to so many on the wire. Small ones say nothing.
  void packed(std::size_t plain_bytes, std::size_t wire_bytes) {
    if (!compresses_ || plain_bytes < packet_bytes_ / 2)
      return;
    const double now = margin * static_cast<double>(plain_bytes) / static_cast<double>(wire_bytes);
    ratio_ = std::clamp(ratio_ + (now - ratio_) * weight, 1.0, ratio_max);
  }
  void was_too_full() { ratio_ = std::max(1.0, ratio_ * after_a_split); }

 private:
  // What rides along differs from packet to packet.
  static constexpr double margin = 0.9;
  static constexpr double weight = 1.0 / 16;
  static constexpr double ratio_max = 4;
  static constexpr double after_a_split = 0.9;

  std::size_t packet_bytes_;
  bool compresses_;
  double ratio_ = 1;
};

}  // namespace troupe::actors::gossip
