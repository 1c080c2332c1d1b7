// Whether all members of a push/pull and of the table understand each other: memberlist's
// verifyProtocol. It looks at every member there is, at each push/pull; so what all known members
// have in common is remembered.
#include <algorithm>
#include <cstdint>
#include <limits>

#include "actors/gossip/swim/swim_core.hpp"

namespace troupe::actors::gossip::swim {

namespace {

// What all alive members understand, and what is spoken by anybody.
class common_range {
 public:
  void add_understood(const version_range& range) {
    min_ = std::max(min_, range.min);
    max_ = std::min(max_, range.max);
  }
  void add_spoken(std::uint8_t version) {
    lowest_ = std::min(lowest_, version);
    highest_ = std::max(highest_, version);
  }
  bool holds_all() const { return lowest_ > highest_ || (min_ <= lowest_ && highest_ <= max_); }

 private:
  static constexpr auto none = std::numeric_limits<std::uint8_t>::max();
  std::uint8_t min_ = 0;
  std::uint8_t max_ = none;
  std::uint8_t lowest_ = none;
  std::uint8_t highest_ = 0;
};

}  // namespace

swim_core::spoken_versions swim_core::versions_of(identity_number identity) const {
  return {directory_.protocol(identity), directory_.delegate(identity)};
}

void swim_core::heed_versions(identity_number identity) {
  if (common_versions_ && versions_of(identity) != *common_versions_)
    common_versions_.reset();
}

void swim_core::find_common_versions() {
  common_versions_ = versions_of(table_.at(self_).identity());
  for_each_member(
      [this](member_number, const member_record& record) { heed_versions(record.identity()); });
}

bool swim_core::versions_agree(std::span<const remote_record> records) {
  common_range protocol;
  common_range delegate;
  const auto add = [&](member_state state, const spoken_versions& versions) {
    if (state == member_state::alive) {
      protocol.add_understood(versions.protocol);
      delegate.add_understood(versions.delegate);
    }
    protocol.add_spoken(versions.protocol.current);
    delegate.add_spoken(versions.delegate.current);
  };
  if (!common_versions_)
    find_common_versions();
  if (common_versions_)
    add(table_.counts().of(member_state::alive) > 0 ? member_state::alive : member_state::dead,
        *common_versions_);
  else
    for_each_member([&](member_number, const member_record& record) {
      add(record.state(), versions_of(record.identity()));
    });
  for (const auto& record : records)
    add(record.state, versions_of(record.identity));
  return protocol.holds_all() && delegate.holds_all();
}

}  // namespace troupe::actors::gossip::swim
