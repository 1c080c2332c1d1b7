#include "actors/registry/anti_entropy_core.hpp"

#include <algorithm>

namespace troupe::actors {

namespace {

constexpr std::size_t scale_threshold = 128;

}  // namespace

int anti_entropy_scale(std::size_t nodes) {
  int scale = 1;
  for (std::size_t reach = scale_threshold; reach < nodes && scale < 64; reach *= 2)
    ++scale;
  return scale;
}

anti_entropy_core::anti_entropy_core(anti_entropy_options options, std::mt19937_64& random,
                                     time_point now)
    : options_(options), random_(&random), full_due_(now) {}

// Between once and twice the base.
std::chrono::nanoseconds anti_entropy_core::staggered(std::chrono::nanoseconds base) {
  std::uniform_int_distribution<std::int64_t> stagger(0, base.count());
  return base + std::chrono::nanoseconds{stagger(*random_)};
}

void anti_entropy_core::on_local_change() {
  changed_ = true;
  if (phase_ == phase::idle)
    changes_due_ = time_point::min();
}

void anti_entropy_core::on_catalog(bool read, std::size_t nodes, time_point now) {
  phase_ = phase::idle;
  if (!read) {
    retry_later(now);
    return;
  }
  ever_read_ = true;
  full_due_ = now + staggered(options_.interval * anti_entropy_scale(nodes));
  changed_ = true;
  changes_due_ = now;
}

void anti_entropy_core::on_sent(bool all_applied, time_point now) {
  phase_ = phase::idle;
  if (!all_applied) {
    retry_later(now);
    return;
  }
  changes_due_ = changed_ ? now : time_point::max();
}

// A failed sync is retried as a whole: what the catalog has now is not known. Changes that come
// meanwhile are still tried at once.
void anti_entropy_core::retry_later(time_point now) {
  const auto base = ever_read_ ? options_.retry : options_.first_retry;
  full_due_ = std::min(full_due_ > now ? full_due_ : time_point::max(), now + staggered(base));
  changes_due_ = time_point::max();
  changed_ = false;
}

anti_entropy_duties anti_entropy_core::take_output(time_point now) {
  if (phase_ != phase::idle)
    return {};
  if (full_due_ <= now) {
    phase_ = phase::reading;
    return {.read_catalog = true};
  }
  if (changed_ && changes_due_ <= now) {
    phase_ = phase::sending;
    changed_ = false;
    changes_due_ = time_point::max();
    return {.send_changes = true};
  }
  return {};
}

anti_entropy_core::time_point anti_entropy_core::next_deadline() const {
  if (phase_ != phase::idle)
    return time_point::max();
  return std::min(full_due_, changes_due_);
}

}  // namespace troupe::actors
