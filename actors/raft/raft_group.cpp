#include "actors/raft/raft_group.hpp"

#include <utility>

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/raft/log_writer_actor.hpp"
#include "actors/raft/raft_peer_actor.hpp"
#include "actors/raft/snapshot_mover_actor.hpp"
#include "actors/raft/state_machine_actor.hpp"

namespace troupe::actors::raft {

messages::result<raft_storage> open_raft_storage(const storage::data_directory& directory,
                                                 const storage::state_machine_options& options) {
  auto log = storage::raft_log::open(directory);
  if (!log)
    return log.error();
  auto machine = storage::state_machine::open(directory, (*log)->view(), options);
  if (!machine)
    return machine.error();
  return raft_storage{std::move(*log), std::move(*machine)};
}

messages::result<raft_group> spawn_raft_group(caf::actor_system& system, raft_group_needs needs) {
  if (auto valid = needs.options.validate(); !valid)
    return valid.error();
  auto reader = needs.storage.log->reader();
  if (!reader)
    return reader.error();
  const auto& machine = *needs.storage.machine;
  needs.options.applied_index = machine.applied().index;
  if (machine.configuration_index().value > 0) {
    needs.options.configuration = machine.configuration();
    needs.options.configuration_index = machine.configuration_index();
  }
  raft_group group;
  group.log_writer =
      system.spawn<caf::detached>(log_writer, needs.storage.log, needs.trailing_entries);
  const auto machine_actor = system.spawn<caf::detached>(
      state_machine, state_machine_needs{
                         .machine = needs.storage.machine,
                         .log_writer = group.log_writer,
                         .snapshot_threshold_entries = needs.snapshot_threshold_entries,
                         .snapshot_interval_min = needs.snapshot_interval_min,
                     });
  group.state_machine = machine_actor;
  auto peer_needs = std::make_shared<raft_peer_needs>(raft_peer_needs{
      .options = std::move(needs.options),
      .keeps_open = needs.storage.log,
      .log = std::move(*reader),
      .random_seed = needs.random_seed,
      .log_writer = group.log_writer,
      .state_machine = machine_actor,
      .snapshot_mover = system.spawn<caf::detached>(snapshot_mover, needs.storage.machine),
      .shared = needs.shared,
      .send_to_server = std::move(needs.send_to_server),
      .find_server = std::move(needs.find_server),
      .hold_timeout = needs.hold_timeout,
  });
  group.peer = system.spawn<caf::detached>(raft_peer, std::move(peer_needs));
  return group;
}

}  // namespace troupe::actors::raft
