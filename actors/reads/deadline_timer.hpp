// One timer of an io_thread that can be set again and taken back. Belongs to that thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace troupe::actors {
class io_thread;
}

namespace troupe::actors::reads {

class deadline_timer {
 public:
  // `on_due` is run on the thread; never after stop() or the end of the timer.
  deadline_timer(io_thread& home, std::function<void()> on_due);
  ~deadline_timer();
  deadline_timer(const deadline_timer&) = delete;
  deadline_timer& operator=(const deadline_timer&) = delete;

  // Replaces the deadline before; set to the one it has already it does nothing, nor after stop().
  void set(std::chrono::steady_clock::time_point deadline);
  // For good, on the thread. What is left of it no longer needs the thread, so that an actor may be
  // destroyed after that: somebody else, CAF's clock say, may hold its last reference.
  void stop();

 private:
  struct parts;
  std::shared_ptr<parts> parts_;  // pending waits hold it weakly
};

}  // namespace troupe::actors::reads
