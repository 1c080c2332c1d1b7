// Names, identities and descriptions of the members of a pool, each held once. Members of one pool
// that live on one thread may share a directory: then what each of them holds of another is a
// record, not a copy of its name and tags. It knows nothing of who is alive. They share the buffers
// for packets, too.
#pragma once

#include <memory>
#include <vector>

#include "actors/gossip/serf/serf_types.hpp"
#include "actors/gossip/swim/member_directory.hpp"
#include "actors/gossip/wire/packet_buffers.hpp"

namespace troupe::actors::gossip {

class pool_directory {
 public:
  // Of what a turn of one member interned, nothing is dropped before that turn has ended: all who
  // share a directory take their turns one after the other.
  swim::member_directory& numbers() { return numbers_; }

  const std::shared_ptr<wire::packet_buffers>& buffers() const { return buffers_; }

  serf::shared_member described(swim::member_number member, swim::identity_number identity);

 private:
  std::shared_ptr<wire::packet_buffers> buffers_ = std::make_shared<wire::packet_buffers>();
  swim::member_directory numbers_;
  // By identity; a number may have been given out anew since.
  std::vector<std::weak_ptr<const serf::swim_member>> described_;
};

}  // namespace troupe::actors::gossip
