#include "actors/gossip/swim/member_table.hpp"

#include <utility>

namespace troupe::actors::gossip::swim {

namespace {

// Beyond this part of the base a map of differences costs more than a whole copy.
constexpr std::size_t differences_divisor = 4;

}  // namespace

const member_record member_table::not_known{};

std::shared_ptr<const base_view> base_view::of(std::vector<member_record> records) {
  auto made = std::make_shared<base_view>();
  for (const auto& record : records)
    if (record.is_known())
      ++made->counts.by_state[static_cast<std::size_t>(record.state())];
  made->records = std::move(records);
  return made;
}

member_table::member_table(member_directory& directory, std::shared_ptr<const base_view> base)
    : directory_(directory), base_(std::move(base)) {
  if (!base_)
    return;
  counts_ = base_->counts;
  if (!directory_.is_counting())
    return;
  for_each([this](member_number member, const member_record& record) {
    directory_.acquire(member);
    directory_.acquire(record.identity());
  });
}

member_table::~member_table() {
  if (!directory_.is_counting())
    return;
  for_each([this](member_number member, const member_record& record) {
    directory_.release(member);
    directory_.release(record.identity());
  });
}

const member_record& member_table::at_over_base(member_number member) const {
  if (const auto* differing = differs_.find(member))
    return *differing;
  return member.value < base_->records.size() ? base_->records[member.value] : not_known;
}

void member_table::put(member_number member, const member_record& record) {
  const auto before = at(member);
  // The new is acquired before the old is released: they may be the same.
  if (record.is_known()) {
    directory_.acquire(member);
    directory_.acquire(record.identity());
    ++counts_.by_state[static_cast<std::size_t>(record.state())];
  }
  slot(member) = record;
  if (before.is_known()) {
    --counts_.by_state[static_cast<std::size_t>(before.state())];
    directory_.release(before.identity());
    directory_.release(member);
  }
}

member_record& member_table::slot(member_number member) {
  if (base_ && (member.value >= base_->records.size() ||
                (differs_.size() + 1) * differences_divisor > base_->records.size()))
    leave_base();
  if (base_)
    return differs_.at_or_made(member);
  own_.grow_to(member.value + 1);
  return own_[member.value];
}

void member_table::leave_base() {
  for (const auto& record : base_->records)
    own_.push_back(record);
  differs_.for_each(
      [this](member_number member, const member_record& record) { own_[member.value] = record; });
  differs_ = {};
  base_.reset();
}

std::size_t member_table::memory_bytes() const {
  return sizeof *this + own_.memory_bytes() + differs_.memory_bytes();
}

}  // namespace troupe::actors::gossip::swim
