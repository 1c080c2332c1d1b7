#include "actors/runtime/io_thread.hpp"

#include <exception>
#include <string>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <caf/actor_system.hpp>
#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include "actors/runtime/fatal.hpp"

namespace troupe::actors {

namespace {

// Messages one actor may handle before the next handler of the loop gets its turn.
constexpr std::size_t messages_a_turn = 64;

// What actors on this thread see as their host: an actor of the pool that they wake goes to the
// pool, not to this thread.
class pool_gate : public caf::execution_unit {
 public:
  explicit pool_gate(caf::actor_system& system) : caf::execution_unit(&system) {}
  void exec_later(caf::resumable* actor) override { system().scheduler().enqueue(actor); }
};

struct held_reference {
  caf::resumable* actor;
  explicit held_reference(caf::resumable* taken) : actor(taken) {}
  held_reference(held_reference&& other) noexcept : actor(std::exchange(other.actor, nullptr)) {}
  held_reference(const held_reference&) = delete;
  held_reference& operator=(const held_reference&) = delete;
  held_reference& operator=(held_reference&&) = delete;
  ~held_reference() {
    if (actor != nullptr)
      caf::intrusive_ptr_release(actor);
  }
};

}  // namespace

struct io_thread::parts {
  explicit parts(caf::actor_system& system) : gate(system) {}

  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  pool_gate gate;
  std::thread thread;
};

io_thread::io_thread(caf::actor_system& system) : parts_(std::make_unique<parts>(system)) {}

io_thread::~io_thread() {
  stop();
}

boost::asio::io_context& io_thread::context() {
  return parts_->io;
}

void io_thread::start() {
  parts_->thread = std::thread([this] {
    try {
      parts_->io.run();
    } catch (const std::exception& why) {
      fatal(std::string("unexpected exception on an I/O thread: ") + why.what());
    }
  });
}

void io_thread::stop() {
  parts_->work.reset();
  parts_->io.stop();
  if (parts_->thread.joinable())
    parts_->thread.join();
}

void io_thread::post(std::function<void()> work) {
  boost::asio::post(parts_->io, std::move(work));
}

void io_thread::post_after(std::chrono::nanoseconds delay, std::function<void()> work) {
  auto timer = std::make_shared<boost::asio::steady_timer>(parts_->io, delay);
  timer->async_wait([timer, work = std::move(work)](const boost::system::error_code& cancelled) {
    if (!cancelled)
      work();
  });
}

void io_thread::schedule(caf::resumable* actor) {
  boost::asio::post(parts_->io, [this, held = held_reference(actor)]() mutable {
    const auto outcome = held.actor->resume(&parts_->gate, messages_a_turn);
    if (outcome == caf::resumable::resume_later)
      schedule(std::exchange(held.actor, nullptr));
  });
}

}  // namespace troupe::actors
