#include "actors/gossip/wire/lzw.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <span>

namespace troupe::actors::gossip::wire {

namespace {

constexpr std::uint32_t clear_code = 256;
constexpr std::uint32_t end_code = 257;
constexpr std::uint32_t code_max = 4095;
constexpr unsigned width_min = 9;
constexpr unsigned width_max = 12;

// Codes of growing width, least significant bit first, into bytes that are there already.
class bit_writer {
 public:
  explicit bit_writer(std::span<char> into) : into_(into) {}

  // Room for 8 bytes more, so that put() need not look each time.
  bool is_full() const { return at_ + 8 > into_.size(); }
  void put(std::uint32_t code, unsigned width) {
    bits_ |= std::uint64_t{code} << count_;
    count_ += width;
    while (count_ >= 8) {
      into_[at_++] = static_cast<char>(bits_ & 0xff);
      bits_ >>= 8;
      count_ -= 8;
    }
  }
  // The bytes written.
  std::size_t finish() {
    if (count_ > 0)
      into_[at_++] = static_cast<char>(bits_ & 0xff);
    count_ = 0;
    return at_;
  }

 private:
  std::span<char> into_;
  std::size_t at_ = 0;
  std::uint64_t bits_ = 0;
  unsigned count_ = 0;
};

class bit_reader {
 public:
  explicit bit_reader(std::string_view data) : data_(data) {}

  // False at the end of the data.
  bool take(unsigned width, std::uint32_t& code) {
    while (count_ < width) {
      if (at_ == data_.size())
        return false;
      bits_ |= std::uint64_t{static_cast<std::uint8_t>(data_[at_++])} << count_;
      count_ += 8;
    }
    code = static_cast<std::uint32_t>(bits_) & ((1U << width) - 1);
    bits_ >>= width;
    count_ -= width;
    return true;
  }

 private:
  std::string_view data_;
  std::size_t at_ = 0;
  std::uint64_t bits_ = 0;
  unsigned count_ = 0;
};

// The width of codes as the table grows.
struct code_space {
  std::uint32_t last = end_code;  // code given out
  unsigned width = width_min;

  // Takes the next code. False if the table is full then: the writer starts again.
  bool grow() {
    if (++last == 1U << width)
      ++width;
    return last != code_max;
  }
};

// Which pairs of a code and the byte that follows have a code of their own. A slot holds the pair
// (20 bits) and its code (12 bits); 0 is empty, for no pair has code 0.
class pair_table {
 public:
  // For so many bytes: a table of a ping's size is cleared and walked faster than a whole one.
  explicit pair_table(std::size_t data_bytes)
      : used_(std::clamp(std::bit_ceil(data_bytes + data_bytes / 4), slots_min, slots_.size())) {
    clear();
  }
  void clear() { std::fill_n(slots_.begin(), used_, 0); }

  // The slot of the pair, or the empty one where it belongs.
  std::uint32_t& slot_of(std::uint32_t pair) {
    const auto mask = static_cast<std::uint32_t>(used_ - 1);
    auto at = (pair * 0x9e3779b1U) >> 16 & mask;
    while (slots_[at] != 0 && slots_[at] >> 12 != pair)
      at = (at + 1) & mask;
    return slots_[at];
  }

 private:
  static constexpr std::size_t slots_min = 64;
  std::array<std::uint32_t, 8192> slots_;  // of which used_ are
  std::size_t used_;
};

// The bytes of the packed data; none if they are more than there is room for.
std::optional<std::size_t> encode_into(std::string_view data, std::span<char> room) {
  bit_writer bits{room};
  code_space codes;
  pair_table table{data.size()};
  bits.put(clear_code, codes.width);
  std::uint32_t prefix = clear_code;  // none yet
  for (const char next : data) {
    const std::uint32_t byte = static_cast<std::uint8_t>(next);
    if (prefix == clear_code) {
      prefix = byte;
      continue;
    }
    const std::uint32_t pair = prefix << 8 | byte;
    auto& slot = table.slot_of(pair);
    if (slot != 0) {
      prefix = slot & 0xfffU;
      continue;
    }
    if (bits.is_full())
      return std::nullopt;
    bits.put(prefix, codes.width);
    prefix = byte;
    if (codes.grow()) {
      slot = pair << 12 | codes.last;
      continue;
    }
    bits.put(clear_code, codes.width);
    codes = {};
    table.clear();
  }
  if (bits.is_full())
    return std::nullopt;
  if (prefix != clear_code) {
    bits.put(prefix, codes.width);
    if (!codes.grow()) {
      bits.put(clear_code, codes.width);
      codes = {};
    }
  }
  bits.put(end_code, codes.width);
  return bits.finish();
}

}  // namespace

bool lzw_encode(std::string_view data, std::size_t bytes_max, std::string& out) {
  // A code of 12 bits a byte, a clear code each full table, and what is_full() keeps free.
  const std::size_t worst = 32 + 2 * data.size();
  constexpr std::size_t kept_free = 8;
  const std::size_t begin = out.size();
  out.resize(begin + std::min(bytes_max, worst) + kept_free);
  const auto bytes = encode_into(data, {out.data() + begin, out.size() - begin});
  const bool fits = bytes && *bytes <= bytes_max;
  out.resize(begin + (fits ? *bytes : 0));
  return fits;
}

namespace {

// An entry is a stretch of what was unpacked already: what the code before it gave, and one byte
// more.
struct stretch {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
};

class unpacker {
 public:
  unpacker(std::string_view data, std::size_t bytes_max, std::string& out)
      : bits_(data), bytes_max_(bytes_max), out_(out) {}

  lzw_result run() {
    std::uint32_t code = 0;
    while (bits_.take(codes_width_, code)) {
      if (code == end_code) {
        out_.resize(size_);
        return lzw_result::ok;
      }
      if (code == clear_code) {
        next_code_ = end_code;
        codes_width_ = width_min;
        previous_ = {};
        continue;
      }
      if (const lzw_result taken = take(code); taken != lzw_result::ok)
        return taken;
    }
    return lzw_result::corrupt;
  }

 private:
  // next_code_ is the entry that this code completes: `previous_` and this one's first byte.
  lzw_result take(std::uint32_t code) {
    const auto begin = static_cast<std::uint32_t>(size_);
    if (code < clear_code) {
      if (!make_room(1))
        return lzw_result::too_large;
      out_[size_++] = static_cast<char>(code);
    } else {
      stretch from;
      if (code < next_code_ || (code == next_code_ && previous_.length == 0 && code == code_max))
        from = entries_[code];
      else if (code == next_code_ && previous_.length > 0)
        from = {previous_.offset, previous_.length + 1};
      if (from.length == 0)
        return lzw_result::corrupt;
      if (!make_room(from.length))
        return lzw_result::too_large;
      copy(from);
    }
    if (previous_.length > 0)
      entries_[next_code_] = {previous_.offset, previous_.length + 1};
    previous_ = {begin, static_cast<std::uint32_t>(size_) - begin};
    grow();
    return lzw_result::ok;
  }

  // At the full width no entry is added any more; the writer is expected to clear.
  void grow() {
    if (++next_code_ < 1U << codes_width_)
      return;
    if (codes_width_ < width_max) {
      ++codes_width_;
      return;
    }
    --next_code_;
    previous_ = {};
  }

  bool make_room(std::size_t more) {
    if (size_ + more > bytes_max_)
      return false;
    if (size_ + more > out_.size())
      out_.resize(std::min(bytes_max_, std::max(size_ + more, 2 * out_.size())));
    return true;
  }

  // The stretch may reach into what is being written.
  void copy(stretch from) {
    const char* source = out_.data() + from.offset;
    char* target = out_.data() + size_;
    if (from.offset + from.length <= size_)
      std::memcpy(target, source, from.length);
    else
      for (std::uint32_t i = 0; i < from.length; ++i)
        target[i] = source[i];
    size_ += from.length;
  }

  bit_reader bits_;
  std::size_t bytes_max_;
  std::string& out_;  // longer than what was unpacked so far
  std::size_t size_ = 0;
  unsigned codes_width_ = width_min;
  std::uint32_t next_code_ = end_code;
  stretch previous_;
  std::array<stretch, code_max + 1> entries_;
};

}  // namespace

lzw_result lzw_decode(std::string_view data, std::size_t bytes_max, std::string& out) {
  out.resize(std::min(bytes_max, 4 * data.size()));
  const lzw_result result = unpacker{data, bytes_max, out}.run();
  if (result != lzw_result::ok)
    out.clear();
  return result;
}

}  // namespace troupe::actors::gossip::wire
