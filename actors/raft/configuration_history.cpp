#include "actors/raft/configuration_history.hpp"

#include <algorithm>
#include <utility>

#include "actors/raft/seeded_fault.hpp"
#include "messages/ensure.hpp"

namespace troupe::actors::raft {

using messages::ensure;
using messages::log_index;
using messages::RaftConfiguration;

configuration_history::configuration_history(log_index index, RaftConfiguration servers) {
  records_.push_back(make(index, std::move(servers)));
}

configuration_history::record configuration_history::make(log_index index,
                                                          RaftConfiguration servers) {
  record made{index, std::move(servers), {}};
  for (const auto& server : made.servers.servers()) {
    if (!server.non_voter() || is_seeded(seeded_fault::counts_non_voters))
      made.voters.push_back(server.id());
  }
  std::sort(made.voters.begin(), made.voters.end());
  return made;
}

const configuration_history::record& configuration_history::in_force() const {
  return is_seeded(seeded_fault::changes_servers_too_late) ? records_.front() : records_.back();
}

bool configuration_history::is_voter(const std::string& id) const {
  return std::binary_search(voters().begin(), voters().end(), id);
}

const messages::RaftServer* configuration_history::find(const std::string& id) const {
  for (const auto& server : latest().servers()) {
    if (server.id() == id)
      return &server;
  }
  return nullptr;
}

void configuration_history::note(log_index index, RaftConfiguration servers) {
  ensure(index > records_.back().index);
  records_.push_back(make(index, std::move(servers)));
}

void configuration_history::truncate_from(log_index index) {
  while (records_.size() > 1 && records_.back().index >= index)
    records_.pop_back();
  ensure(records_.back().index < index);
}

void configuration_history::committed(log_index index) {
  while (records_.size() > 1 && records_[1].index <= index)
    records_.pop_front();
}

}  // namespace troupe::actors::raft
