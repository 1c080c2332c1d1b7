#include "actors/reads/read_gate.hpp"

#include <utility>

#include "messages/ensure.hpp"

namespace troupe::actors::reads {

using messages::ensure;
using messages::errc;
using messages::failure;
using messages::log_index;
using messages::result;

read_decision decide(const messages::ReadOptions& options, const read_facts& facts) {
  if (options.consistency() == messages::CONSISTENT)
    return {read_route::always_confirm, messages::CONSISTENT};
  if (options.consistency() == messages::STALE) {
    // A server that never had a leader has nothing to say, not even something old.
    const bool has_state = facts.leader_known || facts.applied_index > 0;
    const bool fresh_enough =
        options.max_stale_ms() <= 0 || facts.last_contact.count() <= options.max_stale_ms();
    if (has_state && fresh_enough)
      return {read_route::serve, messages::STALE};
  }
  return {facts.lease_valid ? read_route::serve : read_route::confirm, messages::LEADER};
}

result<void> read_gate::wait(read_id id, bool always_confirm) {
  if (size_ >= reads_max_)
    return failure{errc::unavailable, "too many reads are waiting for the leader"};
  gathering_.push_back(id);
  gathering_always_ = gathering_always_ || always_confirm;
  ++size_;
  return {};
}

std::optional<read_gate::round> read_gate::start_round() {
  if (under_way_ || gathering_.empty())
    return std::nullopt;
  under_way_ = true;
  asked_ = std::exchange(gathering_, {});
  return round{std::exchange(gathering_always_, false)};
}

void read_gate::answered(log_index read_index, time_point now) {
  ensure(under_way_);
  under_way_ = false;
  confirmed_.push_back({read_index, now + patience_, std::exchange(asked_, {})});
}

std::vector<read_id> read_gate::refused() {
  ensure(under_way_);
  under_way_ = false;
  return taken(std::exchange(asked_, {}));
}

std::vector<read_id> read_gate::released_by(log_index applied) {
  std::vector<read_id> released;
  for (auto at = confirmed_.begin(); at != confirmed_.end();) {
    if (at->read_index > applied) {
      ++at;  // a later round may have an older index, after a change of the leader
      continue;
    }
    released.insert(released.end(), at->reads.begin(), at->reads.end());
    at = confirmed_.erase(at);
  }
  return taken(std::move(released));
}

std::vector<read_id> read_gate::expired(time_point now) {
  std::vector<read_id> over;
  while (!confirmed_.empty() && confirmed_.front().deadline <= now) {
    const auto& reads = confirmed_.front().reads;
    over.insert(over.end(), reads.begin(), reads.end());
    confirmed_.pop_front();
  }
  return taken(std::move(over));
}

std::optional<time_point> read_gate::next_deadline() const {
  if (confirmed_.empty())
    return std::nullopt;
  return confirmed_.front().deadline;
}

std::vector<read_id> read_gate::all() {
  std::vector<read_id> everybody = std::exchange(gathering_, {});
  everybody.insert(everybody.end(), asked_.begin(), asked_.end());
  asked_.clear();
  for (const auto& one : confirmed_)
    everybody.insert(everybody.end(), one.reads.begin(), one.reads.end());
  confirmed_.clear();
  return taken(std::move(everybody));
}

std::vector<read_id> read_gate::taken(std::vector<read_id> reads) {
  ensure(reads.size() <= size_);
  size_ -= reads.size();
  return reads;
}

}  // namespace troupe::actors::reads
