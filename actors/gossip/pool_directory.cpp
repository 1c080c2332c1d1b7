#include "actors/gossip/pool_directory.hpp"

namespace troupe::actors::gossip {

serf::shared_member pool_directory::described(swim::member_number member,
                                              swim::identity_number identity) {
  const auto& name = numbers_.name(member);
  const auto& known = numbers_.identity(identity);
  if (identity.value >= described_.size())
    described_.resize(identity.value + 1);
  auto& place = described_[identity.value];
  auto held = place.lock();
  if (held && held->name == name && held->where == known.where && held->meta == known.meta &&
      held->protocol == known.protocol && held->delegate == known.delegate)
    return held;
  auto made = std::make_shared<const serf::swim_member>(
      serf::swim_member{name, known.where, known.meta, known.protocol, known.delegate});
  place = made;
  return made;
}

}  // namespace troupe::actors::gossip
