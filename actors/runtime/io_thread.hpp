// A thread that runs an Asio io_context, on which sockets, timers and io_actors live together: what
// happens on one io_thread happens one after the other, without locks.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}
namespace caf {
class actor_system;
class execution_unit;
class resumable;
}  // namespace caf

namespace troupe::actors {

class io_thread {
 public:
  explicit io_thread(caf::actor_system& system);
  ~io_thread();  // stops
  io_thread(const io_thread&) = delete;
  io_thread& operator=(const io_thread&) = delete;

  boost::asio::io_context& context();

  void start();
  // Ends the thread; what is still queued is dropped. Idempotent.
  void stop();

  // Runs the work on this thread, soon.
  void post(std::function<void()> work);
  // Runs the work on this thread after the delay. There is no way to take it back.
  void post_after(std::chrono::nanoseconds delay, std::function<void()> work);

  // Resumes an actor on this thread. Takes over one reference.
  void schedule(caf::resumable* actor);

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace troupe::actors
