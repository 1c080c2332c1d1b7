#include "actors/coordinates/coordinate_batcher_actor.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_clock.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include "actors/coordinates/coordinate_batch.hpp"
#include "actors/runtime/errors.hpp"

namespace troupe::actors::coordinates {

namespace {

// Above limits::rpc_hold_timeout, after which a proposal without a leader is answered.
constexpr auto propose_timeout = m::limits::rpc_hold_timeout + std::chrono::seconds{3};

class coordinate_batcher_state {
 public:
  using pointer = coordinate_batcher_actor::stateful_pointer<coordinate_batcher_state>;
  static constexpr const char* name = "coordinate_batcher";

  explicit coordinate_batcher_state(pointer self) : self_(self) {}

  coordinate_batcher_actor::behavior_type start(coordinate_batcher_needs needs) {
    needs_ = std::move(needs);
    batch_ = coordinate_batch(needs_.interval);
    return {
        // From the router.
        [this](m::UpdateCoordinate& update) { return on_update(update); },
        // From its own timer.
        [this](const m::CoordinateTick&) { on_tick(); },
    };
  }

 private:
  m::Done on_update(m::UpdateCoordinate& update) {
    if (!batch_.add(std::move(*update.mutable_entry())))
      spdlog::warn("coordinates: more nodes than a batch holds; some are passed over");
    schedule_tick();
    return {};
  }

  void on_tick() {
    ticking_ = false;
    for (auto& updates : batch_.take(self_->clock().now())) {
      m::Propose proposal;
      *proposal.mutable_command()->mutable_coordinates() = std::move(updates);
      self_->request(needs_.raft_peer, propose_timeout, std::move(proposal))
          .then([](const m::CommandResult&) {},
                [](const caf::error& why) {
                  spdlog::warn("coordinates: a batch is dropped: {}", from_caf(why).detail);
                });
    }
  }

  void schedule_tick() {
    const auto due = batch_.due();
    if (ticking_ || !due)
      return;
    ticking_ = true;
    const auto current = self_->clock().now();
    self_->delayed_send(self_, std::max(*due - current, std::chrono::nanoseconds{0}),
                        m::CoordinateTick{});
  }

  pointer self_;
  coordinate_batcher_needs needs_;
  coordinate_batch batch_{std::chrono::nanoseconds{0}};
  bool ticking_ = false;
};

}  // namespace

coordinate_batcher_actor spawn_coordinate_batcher(caf::actor_system& system,
                                                  coordinate_batcher_needs needs) {
  return system.spawn([needs = std::move(needs)](coordinate_batcher_state::pointer self) mutable {
    return self->state.start(std::move(needs));
  });
}

}  // namespace troupe::actors::coordinates
