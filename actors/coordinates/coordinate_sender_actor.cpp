#include "actors/coordinates/coordinate_sender_actor.hpp"

#include <chrono>
#include <random>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include "actors/coordinates/coordinate_interval.hpp"
#include "actors/runtime/errors.hpp"

namespace troupe::actors::coordinates {

namespace {

constexpr std::chrono::seconds pool_timeout{5};
constexpr auto update_timeout = m::limits::rpc_hold_timeout + std::chrono::seconds{3};

class coordinate_sender_state {
 public:
  using pointer = coordinate_sender_actor::stateful_pointer<coordinate_sender_state>;
  static constexpr const char* name = "coordinate_sender";

  explicit coordinate_sender_state(pointer self) : self_(self) {}

  coordinate_sender_actor::behavior_type start(coordinate_sender_needs needs) {
    needs_ = std::move(needs);
    random_.seed(needs_.random_seed);
    schedule_next();
    return {
        // From its own timer.
        [this](const m::CoordinateTick&) { on_tick(); },
    };
  }

 private:
  void on_tick() {
    schedule_next();
    self_->request(needs_.lan, pool_timeout, m::OwnCoordinateQuery{})
        .then([this](const m::CoordinateEntry& own) { send_update(own); },
              [](const caf::error& why) {
                spdlog::debug("coordinates: the pool has none: {}", from_caf(why).detail);
              });
  }

  void send_update(const m::CoordinateEntry& own) {
    if (!own.has_coord())
      return;
    m::UpdateCoordinate update;
    *update.mutable_entry() = own;
    update.mutable_entry()->set_node(needs_.node);
    self_->request(needs_.router, update_timeout, std::move(update))
        .then([](const m::Done&) {},
              [](const caf::error& why) {
                spdlog::warn("coordinates: this node's is not in the catalog: {}",
                             from_caf(why).detail);
              });
  }

  void schedule_next() {
    self_->delayed_send(self_, send_interval(needs_.pool_members(), random_), m::CoordinateTick{});
  }

  pointer self_;
  coordinate_sender_needs needs_;
  std::mt19937_64 random_;
};

}  // namespace

coordinate_sender_actor spawn_coordinate_sender(caf::actor_system& system,
                                                coordinate_sender_needs needs) {
  return system.spawn([needs = std::move(needs)](coordinate_sender_state::pointer self) mutable {
    return self->state.start(std::move(needs));
  });
}

}  // namespace troupe::actors::coordinates
