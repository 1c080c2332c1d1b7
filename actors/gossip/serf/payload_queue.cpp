#include "actors/gossip/serf/payload_queue.hpp"

#include <algorithm>
#include <utility>

namespace troupe::actors::gossip::serf {

int retransmit_limit(int multiplier, std::size_t members) {
  // ceil(log10(n + 1)) is the number of digits of n: exact where a logarithm may round.
  int digits = 0;
  for (std::size_t rest = members; rest != 0; rest /= 10)
    ++digits;
  return multiplier * digits;
}

payload_number payload_queue::push(std::string_view payload) {
  if (payload.size() > UINT16_MAX)
    return {};
  auto copy = std::make_unique_for_overwrite<char[]>(payload.size());
  std::copy(payload.begin(), payload.end(), copy.get());
  return {waiting_.serial_of(waiting_.push(std::move(copy), payload.size()))};
}

std::size_t payload_queue::take(std::size_t room, std::size_t overhead, int sends_max,
                                std::vector<std::string>& out) {
  const auto used = waiting_.take(
      {.bytes = room, .overhead = overhead, .sends_max = sends_max},
      [&](const payload_bytes& each, std::size_t bytes) { out.emplace_back(each.get(), bytes); },
      [](auto) {});
  return room - used;
}

std::size_t payload_queue::cut_to(std::size_t size_max) {
  const auto before = size();
  while (size() > size_max)
    waiting_.erase(waiting_.slots().front());
  return before - size();
}

bool payload_queue::holds(payload_number number) const {
  const auto& all = waiting_.slots();
  return std::any_of(all.begin(), all.end(),
                     [&](auto slot) { return waiting_.serial_of(slot) == number.value; });
}

}  // namespace troupe::actors::gossip::serf
