#include "actors/gossip/serf/payload_queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace troupe::actors::gossip::serf {

int retransmit_limit(int multiplier, std::size_t members) {
  // ceil(log10(n + 1)) is the number of digits of n: exact where a logarithm may round.
  int digits = 0;
  for (std::size_t rest = members; rest != 0; rest /= 10)
    ++digits;
  return multiplier * digits;
}

bool payload_queue::by_choice::operator()(const waiting& a, const waiting& b) const {
  if (a.sends != b.sends)
    return a.sends < b.sends;
  if (a.payload.size() != b.payload.size())
    return a.payload.size() > b.payload.size();
  return a.number > b.number;
}

bool payload_queue::by_choice::operator()(const waiting& a, const wanted& b) const {
  return a.sends != b.sends ? a.sends < b.sends : a.payload.size() > b.room;
}

bool payload_queue::by_choice::operator()(const wanted& a, const waiting& b) const {
  return a.sends != b.sends ? a.sends < b.sends : a.room > b.payload.size();
}

payload_number payload_queue::push(std::string payload) {
  const payload_number number{++last_number_};
  waiting_.insert(waiting{0, std::move(payload), number});
  return number;
}

std::size_t payload_queue::take(std::size_t room, std::size_t overhead, int sends_max,
                                std::vector<std::string>& out) {
  if (waiting_.empty())
    return room;
  // Sent ones go back only at the end: none rides twice in a packet.
  std::vector<decltype(waiting_)::node_type> chosen;
  const int most_sends = waiting_.rbegin()->sends;
  for (int sends = waiting_.begin()->sends; sends <= most_sends && room >= overhead;) {
    const auto best = waiting_.lower_bound(wanted{sends, room - overhead});
    if (best == waiting_.end())
      break;
    if (best->sends != sends) {
      sends = best->sends;  // the next tier begins with its largest, which need not fit
      continue;
    }
    room -= best->payload.size() + overhead;
    out.push_back(best->payload);
    chosen.push_back(waiting_.extract(best));
  }
  for (auto& node : chosen) {
    if (++node.value().sends < sends_max)
      waiting_.insert(std::move(node));
  }
  return room;
}

std::size_t payload_queue::cut_to(std::size_t size_max) {
  const std::size_t before = waiting_.size();
  while (waiting_.size() > size_max)
    waiting_.erase(std::prev(waiting_.end()));
  return before - waiting_.size();
}

bool payload_queue::holds(payload_number number) const {
  return std::any_of(waiting_.begin(), waiting_.end(),
                     [number](const waiting& each) { return each.number == number; });
}

}  // namespace troupe::actors::gossip::serf
