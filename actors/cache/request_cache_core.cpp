#include "actors/cache/request_cache_core.hpp"

#include <algorithm>

#include "messages/ensure.hpp"

namespace troupe::actors::cache {

using messages::ensure;
using messages::errc;
using messages::failure;

request_cache_core::request_cache_core(request_cache_options options, std::minstd_rand random)
    : options_(options), random_(random) {}

// -- inputs ------------------------------------------------------------------

admission request_cache_core::ask(const cache_request& request, time_point now) {
  const auto known = by_key_.find(request.key);
  if (known != by_key_.end()) {
    auto& kept = entries_.at(known->second);
    if (is_good(kept, request, now)) {
      use(kept, now);
      return cached_answer{kept.answer, true, age_of(kept, now)};
    }
  }
  if (waiters_.size() >= options_.waiters_max)
    return no_room();
  auto* kept = find_or_make(request, now);
  if (kept == nullptr)
    return no_room();

  const waiter_id id{++last_id_};
  waiter waits{.of = kept->id,
               .min_index = request.min_index,
               .deadline = now + wait_of(request),
               .ticket = request.ticket};
  if (request.stale_if_error.count() > 0)
    waits.older_max = request.max_age + request.stale_if_error;
  by_use_.erase({kept->last_used, kept->id});
  kept->last_used = now;
  kept->waiters.insert(id);
  waits_.insert({waits.deadline, id});
  if (waits.ticket.value != 0)
    tickets_[waits.ticket] = id;
  waiters_.emplace(id, waits);
  // A server that answers without news is left alone until refresh_at; one that failed is worth an
  // effort for each who asks.
  const bool rests = kept->refresh_at && kept->failures == 0;
  if (!kept->in_flight && !rests)
    start_fetch(*kept, now);
  return id;
}

void request_cache_core::fetched(fetch_id id, fetched_answer found, time_point now) {
  auto* kept = end_fetch(id);
  if (kept == nullptr)
    return;
  const auto last = *std::exchange(kept->in_flight, std::nullopt);
  bytes_ -= kept->bytes;
  kept->bytes = kept->key.size() + found.bytes;
  bytes_ += kept->bytes;
  kept->answer = std::move(found.answer);
  // 0 would mean not to block.
  kept->modify_index = std::max<std::uint64_t>(found.modify_index, 1);
  kept->fetched_at = now;
  kept->contact_lost_at.reset();
  kept->failures = 0;
  serve_waiters(*kept);
  const auto kept_id = kept->id;
  shrink();
  if (const auto still = entries_.find(kept_id); still != entries_.end())
    refresh_next(still->second, last, now);
}

void request_cache_core::fetch_failed(fetch_id id, const failure& why, time_point now) {
  auto* kept = end_fetch(id);
  if (kept == nullptr)
    return;
  kept->in_flight.reset();
  refuse_waiters(*kept, why, now);
  if (!kept->answer)
    return drop(*kept);
  if (!kept->contact_lost_at)
    kept->contact_lost_at = now;
  ++kept->failures;
  if (kept->refreshes)
    kept->refresh_at = now + retry_after(kept->failures);
  set_due(*kept);
  shrink();
}

std::optional<waiter_id> request_cache_core::cancel(query_ticket ticket) {
  const auto named = tickets_.find(ticket);
  if (named == tickets_.end())
    return std::nullopt;
  const auto id = named->second;
  remove_waiter(id);
  shrink();
  return id;
}

void request_cache_core::tick(time_point now) {
  end_overdue(now);
  end_waits(now);
  drop_unused(now);
  shrink();
}

std::optional<time_point> request_cache_core::next_deadline() const {
  std::optional<time_point> next;
  const auto consider = [&next](time_point at) { next = next ? std::min(*next, at) : at; };
  if (!due_.empty())
    consider(due_.begin()->first);
  if (!waits_.empty())
    consider(waits_.begin()->first);
  if (!by_use_.empty())
    consider(by_use_.begin()->first + options_.unused_max);
  return next;
}

// -- entries -----------------------------------------------------------------

request_cache_core::entry* request_cache_core::find_or_make(const cache_request& request,
                                                            time_point now) {
  if (const auto known = by_key_.find(request.key); known != by_key_.end())
    return &entries_.at(known->second);
  if (!make_room())
    return nullptr;
  const entry_id id{++last_id_};
  auto& made = entries_[id];
  made.id = id;
  made.key = request.key;
  made.asked = request.asked;
  made.refreshes = request.refreshes;
  made.last_used = now;
  made.bytes = made.key.size();
  bytes_ += made.bytes;
  by_key_[made.key] = id;
  by_use_.insert({now, id});
  return &made;
}

// For one entry more. An entry that somebody waits for stays.
bool request_cache_core::make_room() {
  if (entries_.size() < options_.entries_max)
    return true;
  if (by_use_.empty())
    return false;
  drop(entries_.at(by_use_.begin()->second));
  return true;
}

bool request_cache_core::is_good(const entry& kept, const cache_request& request,
                                 time_point now) const {
  if (!kept.answer || (request.min_index > 0 && request.min_index >= kept.modify_index))
    return false;
  if (kept.refreshes)
    return true;
  const bool too_old = request.max_age.count() > 0 && now - kept.fetched_at > request.max_age;
  return !request.must_revalidate && !too_old;
}

duration request_cache_core::age_of(const entry& kept, time_point now) const {
  if (!kept.refreshes)
    return now - kept.fetched_at;
  return kept.contact_lost_at ? now - *kept.contact_lost_at : duration::zero();
}

void request_cache_core::use(entry& kept, time_point now) {
  if (by_use_.erase({kept.last_used, kept.id}) > 0)
    by_use_.insert({now, kept.id});
  kept.last_used = now;
}

void request_cache_core::drop(entry& kept) {
  ensure(kept.waiters.empty());
  if (kept.in_flight) {
    output_.cancelled.push_back(kept.in_flight->id);
    fetches_.erase(kept.in_flight->id);
  }
  if (kept.due)
    due_.erase({*kept.due, kept.id});
  by_use_.erase({kept.last_used, kept.id});
  by_key_.erase(kept.key);
  bytes_ -= kept.bytes;
  entries_.erase(entry_id(kept.id));
}

// What is waited for stays, so waiters may hold more than bytes_max for a while: to be called
// whenever one has left.
void request_cache_core::shrink() {
  while (bytes_ > options_.bytes_max && !by_use_.empty())
    drop(entries_.at(by_use_.begin()->second));
}

// -- fetches -----------------------------------------------------------------

void request_cache_core::start_fetch(entry& kept, time_point now) {
  fetch next;
  next.id = {++last_id_};
  next.started_at = now;
  fetch_order order{.id = next.id, .asked = kept.asked};
  // After a failure not blocking: an answer tells at once that the server is back.
  if (kept.refreshes && kept.answer && kept.failures == 0) {
    order.min_index = next.min_index = kept.modify_index;
    order.wait = options_.max_query_time;
  }
  next.deadline = now + order.wait + order.wait / messages::limits::wait_jitter_divisor +
                  options_.answer_time_max;
  fetches_[next.id] = kept.id;
  kept.in_flight = next;
  kept.refresh_at.reset();
  set_due(kept);
  output_.fetches.push_back(std::move(order));
}

void request_cache_core::set_due(entry& kept) {
  if (kept.due)
    due_.erase({*kept.due, kept.id});
  kept.due = kept.in_flight ? std::optional(kept.in_flight->deadline) : kept.refresh_at;
  if (kept.due)
    due_.insert({*kept.due, kept.id});
}

// Whose fetch it was; none: of an entry that is gone, or it took too long.
request_cache_core::entry* request_cache_core::end_fetch(fetch_id id) {
  const auto known = fetches_.find(id);
  if (known == fetches_.end())
    return nullptr;
  auto& kept = entries_.at(known->second);
  fetches_.erase(known);
  ensure(kept.in_flight && kept.in_flight->id == id);
  return &kept;
}

void request_cache_core::refresh_next(entry& kept, const fetch& last, time_point now) {
  if (!kept.refreshes)
    return set_due(kept);
  const bool news = last.min_index == 0 || kept.modify_index > last.min_index;
  const auto earliest = last.started_at + options_.refresh_interval_min;
  if (news || earliest <= now)
    return start_fetch(kept, now);
  kept.refresh_at = earliest;
  set_due(kept);
}

// Exponential, with a draw so that the entries of many nodes do not come back together.
duration request_cache_core::retry_after(int failures) {
  constexpr int doublings_max = 20;
  auto wait = options_.retry_min;
  for (int i = 1; i < std::min(failures, doublings_max) && wait < options_.retry_max; ++i)
    wait *= 2;
  wait = std::min(wait, options_.retry_max);
  std::uniform_int_distribution<std::int64_t> more(0, wait.count() / 2);
  return wait + duration(more(random_));
}

void request_cache_core::end_overdue(time_point now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    auto& kept = entries_.at(due_.begin()->second);
    if (!kept.in_flight) {
      start_fetch(kept, now);
      continue;
    }
    const auto late = kept.in_flight->id;
    output_.cancelled.push_back(late);
    fetch_failed(late, {errc::timed_out, "rpc error: request timed out"}, now);
  }
}

// -- waiters -----------------------------------------------------------------

duration request_cache_core::wait_of(const cache_request& request) {
  const auto wait = request.wait.count() > 0 ? std::min(request.wait, options_.max_query_time)
                                             : options_.default_query_time;
  std::uniform_int_distribution<std::int64_t> jitter(
      0, wait.count() / messages::limits::wait_jitter_divisor);
  return std::min(wait + duration(jitter(random_)), options_.max_query_time);
}

void request_cache_core::serve_waiters(entry& kept) {
  const auto all = kept.waiters;
  for (const auto id : all) {
    if (kept.refreshes && waiters_.at(id).min_index >= kept.modify_index)
      continue;
    output_.answers.emplace_back(id, cached_answer{kept.answer});
    remove_waiter(id);
  }
}

void request_cache_core::refuse_waiters(entry& kept, const failure& why, time_point now) {
  const auto all = kept.waiters;
  for (const auto id : all) {
    const bool old_will_do =
        kept.answer && !kept.refreshes && now - kept.fetched_at <= waiters_.at(id).older_max;
    if (old_will_do)
      output_.answers.emplace_back(id, cached_answer{kept.answer, true, age_of(kept, now)});
    else
      output_.refusals.emplace_back(id, why);
    remove_waiter(id);
  }
}

void request_cache_core::end_waits(time_point now) {
  while (!waits_.empty() && waits_.begin()->first <= now) {
    const auto id = waits_.begin()->second;
    const auto& kept = entries_.at(waiters_.at(id).of);
    if (kept.answer)
      output_.answers.emplace_back(id, cached_answer{kept.answer});
    else
      output_.refusals.emplace_back(id, failure{errc::timed_out, "rpc error: request timed out"});
    remove_waiter(id);
  }
}

void request_cache_core::remove_waiter(waiter_id id) {
  const auto found = waiters_.find(id);
  ensure(found != waiters_.end());
  const auto& leaving = found->second;
  auto& kept = entries_.at(leaving.of);
  kept.waiters.erase(id);
  if (kept.waiters.empty())
    by_use_.insert({kept.last_used, kept.id});
  waits_.erase({leaving.deadline, id});
  if (const auto named = tickets_.find(leaving.ticket);
      named != tickets_.end() && named->second == id)
    tickets_.erase(named);
  waiters_.erase(found);
}

void request_cache_core::drop_unused(time_point now) {
  while (!by_use_.empty() && by_use_.begin()->first + options_.unused_max <= now)
    drop(entries_.at(by_use_.begin()->second));
}

}  // namespace troupe::actors::cache
