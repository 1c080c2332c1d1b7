#include "actors/raft/cached_log.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "messages/ensure.hpp"

namespace troupe::actors::raft {

using messages::ensure;
using messages::log_index;
using messages::LogEntry;
using messages::term;

cached_log::cached_log(const storage::log_view& stored, log_cache_options options)
    : stored_(stored), options_(options), durable_(stored.last_index()) {
  last_ = {durable_, stored.term_at(durable_).value_or(term{0})};
}

bool cached_log::is_recent(log_index index) const {
  return !recent_.empty() && index.value >= recent_.front().index() && index <= last_.index;
}

std::optional<term> cached_log::term_at(log_index index) const {
  if (index == last_.index)
    return last_.term;
  if (index > last_.index)
    return std::nullopt;
  if (is_recent(index))
    return term{recent_[index.value - recent_.front().index()].term()};
  return stored_.term_at(index);
}

std::vector<LogEntry> cached_log::entries(log_index from, std::size_t count_max,
                                          std::size_t bytes_max) const {
  if (from > last_.index || count_max == 0)
    return {};
  if (!is_recent(from)) {
    // Behind the start of what is in memory the stored log may hold entries that were truncated.
    const auto end = recent_.empty() ? last_.index.value + 1 : recent_.front().index();
    return stored_.entries(from, std::min<std::size_t>(count_max, end - from.value), bytes_max);
  }
  std::vector<LogEntry> found;
  std::size_t bytes = 0;
  auto next = recent_.begin() + static_cast<std::ptrdiff_t>(from.value - recent_.front().index());
  for (; next != recent_.end() && found.size() < count_max; ++next) {
    bytes += next->data().size();
    if (!found.empty() && bytes > bytes_max)
      break;
    found.push_back(*next);
  }
  return found;
}

log_index cached_log::run_start(log_index index, log_index floor) const {
  const auto wanted = term_at(index);
  auto low = floor.value;
  auto high = index.value;  // is in the run
  while (low < high) {      // terms never fall along a log (3.5)
    const auto middle = low + (high - low) / 2;
    if (term_at({middle}) == wanted)
      high = middle;
    else
      low = middle + 1;
  }
  return {high};
}

log_index cached_log::last_up_to(term wanted, log_index limit) const {
  auto low = snapshot().index.value;  // not looked at below what is kept
  auto high = std::min(limit, last_.index).value;
  while (low < high) {
    const auto middle = low + (high - low + 1) / 2;
    if (const auto found = term_at({middle}); found && *found <= wanted)
      low = middle;
    else
      high = middle - 1;
  }
  return {low};
}

void cached_log::append(LogEntry entry) {
  ensure(entry.index() == last_.index.value + 1);
  ensure(entry.term() >= last_.term.value);
  last_ = {{entry.index()}, {entry.term()}};
  recent_bytes_ += entry.data().size();
  recent_.push_back(std::move(entry));
  evict();
}

void cached_log::truncate_from(log_index index) {
  ensure(index.value > 0 && index <= last_.index);
  const log_index new_last{index.value - 1};
  const auto new_term = term_at(new_last);
  ensure(new_term.has_value());
  while (!recent_.empty() && recent_.back().index() >= index.value) {
    recent_bytes_ -= recent_.back().data().size();
    recent_.pop_back();
  }
  last_ = {new_last, *new_term};
  durable_ = std::min(durable_, new_last);
}

void cached_log::reset_to(log_position snapshot) {
  recent_.clear();
  recent_bytes_ = 0;
  last_ = snapshot;
  durable_ = snapshot.index;
}

void cached_log::persisted(log_position position) {
  // Truncated and perhaps overwritten while it was being written: a later write tells.
  if (position.index <= durable_ || !holds(position))
    return;
  durable_ = position.index;
  evict();
}

void cached_log::evict() {
  while (!recent_.empty() && recent_.front().index() <= durable_.value &&
         (recent_.size() > options_.entries_max || recent_bytes_ > options_.bytes_max)) {
    recent_bytes_ -= recent_.front().data().size();
    recent_.pop_front();
  }
}

}  // namespace troupe::actors::raft
