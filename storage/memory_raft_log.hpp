// The Raft log in memory, for tests and simulation: the same answers as raft_log, nothing durable.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "messages/ensure.hpp"
#include "messages/limits.hpp"
#include "storage/entry_list.hpp"
#include "storage/log_view.hpp"

namespace troupe::storage {

class memory_raft_log final : public log_view {
 public:
  // -- log_view ----------------------------------------------------------

  messages::log_index first_index() const override { return {cut_.value + 1}; }
  messages::log_index last_index() const override { return {cut_.value + entries_.size()}; }
  messages::log_index snapshot_index() const override { return cut_; }
  messages::term snapshot_term() const override { return cut_term_; }

  std::optional<messages::term> term_at(messages::log_index index) const override {
    if (index == cut_)
      return cut_term_;
    if (index < cut_ || index > last_index())
      return std::nullopt;
    return messages::term{entries_[index.value - cut_.value - 1].term()};
  }

  std::vector<messages::LogEntry> entries(messages::log_index from, std::size_t count_max,
                                          std::size_t bytes_max) const override {
    std::vector<messages::LogEntry> found;
    if (from <= cut_)
      return found;
    std::size_t bytes = 0;
    for (auto at = from.value - cut_.value - 1; at < entries_.size(); ++at) {
      bytes += entries_[at].data().size();
      if (found.size() == count_max || (!found.empty() && bytes > bytes_max))
        break;
      found.push_back(entries_[at]);
    }
    return found;
  }

  // -- as raft_log -----------------------------------------------------------

  void append(entry_list entries, const std::optional<messages::HardState>& hard_state = {}) {
    if (hard_state)
      hard_state_ = *hard_state;
    if (entries.empty())
      return;
    const auto first = entries.front().index();
    messages::ensure(first > cut_.value && first <= last_index().value + 1);
    entries_.resize(first - cut_.value - 1);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      messages::ensure(entries[i].index() == first + i);
      entries_.push_back(entries[i]);
    }
  }

  void compact(messages::log_index covered,
               std::uint64_t trailing = messages::limits::raft_trailing_logs) {
    const messages::log_index wanted{covered.value > trailing ? covered.value - trailing : 0};
    if (wanted <= cut_)
      return;
    const auto wanted_term = term_at(wanted);
    messages::ensure(wanted_term.has_value());
    entries_.erase(entries_.begin(),
                   entries_.begin() + static_cast<std::ptrdiff_t>(wanted.value - cut_.value));
    cut_ = wanted;
    cut_term_ = *wanted_term;
  }

  void reset_to(messages::log_index snapshot, messages::term snapshot_term) {
    entries_.clear();
    cut_ = snapshot;
    cut_term_ = snapshot_term;
  }

  const messages::HardState& hard_state() const { return hard_state_; }

 private:
  std::vector<messages::LogEntry> entries_;
  messages::log_index cut_;  // the last entry cut off
  messages::term cut_term_;
  messages::HardState hard_state_;
};

}  // namespace troupe::storage
