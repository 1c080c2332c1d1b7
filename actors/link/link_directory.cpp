#include "actors/link/link_directory.hpp"

#include <utility>

#include <caf/send.hpp>

namespace troupe::actors::link {

std::optional<server_link> link_directory::find(const messages::server_id& id) const {
  const auto links = all();
  const auto found = links->find(id);
  return found == links->end() ? std::nullopt : std::optional(found->second);
}

void link_directory::replace(server_links links) {
  links_.store(std::make_shared<const server_links>(std::move(links)));
}

std::function<void(m::RaftMessage&&)> raft_sender(std::shared_ptr<const link_directory> directory) {
  return [directory = std::move(directory)](m::RaftMessage&& message) {
    if (const auto link = directory->find({message.to()}))
      caf::anon_send(link->raft_peer, std::move(message));
  };
}

}  // namespace troupe::actors::link
