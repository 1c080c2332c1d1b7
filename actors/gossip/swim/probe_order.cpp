#include "actors/gossip/swim/probe_order.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace troupe::actors::gossip::swim {

namespace {

// Luby and Rackoff need four of a wide network; the few bits of a small pool need more to mix.
constexpr int feistel_rounds = 8;
constexpr std::uint32_t bits_min = 2;  // a network of two halves

std::uint32_t mixed(std::uint64_t value) {
  // Steele, Lea, Flood: SplitMix's finalizer.
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return static_cast<std::uint32_t>(value >> 32);
}

}  // namespace

std::optional<member_number> probe_order::next(std::uint32_t numbers_end, prng& random) {
  if (bits_ == 0)
    begin_round(numbers_end, random);
  while (position_ < (std::uint32_t{1} << bits_)) {
    const auto number = permuted(position_++);
    if (number < numbers_end)
      return member_number{number};
  }
  bits_ = 0;
  return std::nullopt;
}

void probe_order::begin_round(std::uint32_t numbers_end, prng& random) {
  bits_ =
      std::max<std::uint32_t>(bits_min, static_cast<std::uint32_t>(std::bit_width(numbers_end)));
  position_ = 0;
  key_ = random();
}

// An unbalanced network: the halves swap widths each round.
std::uint32_t probe_order::permuted(std::uint32_t position) const {
  std::uint32_t right_bits = bits_ / 2;
  std::uint32_t left_bits = bits_ - right_bits;
  std::uint32_t right = position & ((1U << right_bits) - 1);
  std::uint32_t left = position >> right_bits;
  for (int round = 0; round < feistel_rounds; ++round) {
    const auto salt = key_ + static_cast<std::uint64_t>(round) * 0x9e3779b97f4a7c15ULL;
    const auto turned = left ^ (mixed(salt ^ right) & ((1U << left_bits) - 1));
    left = right;
    right = turned;
    std::swap(left_bits, right_bits);
  }
  return (left << right_bits) | right;
}

}  // namespace troupe::actors::gossip::swim
