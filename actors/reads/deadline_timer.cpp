#include "actors/reads/deadline_timer.hpp"

#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "actors/runtime/io_thread.hpp"

namespace troupe::actors::reads {

struct deadline_timer::parts {
  parts(boost::asio::io_context& io, std::function<void()> work)
      : timer(io), on_due(std::move(work)) {}

  boost::asio::steady_timer timer;
  std::function<void()> on_due;
  std::optional<std::chrono::steady_clock::time_point> deadline;
};

deadline_timer::deadline_timer(io_thread& home, std::function<void()> on_due)
    : parts_(std::make_shared<parts>(home.context(), std::move(on_due))) {}

deadline_timer::~deadline_timer() = default;

void deadline_timer::set(std::chrono::steady_clock::time_point deadline) {
  if (!parts_ || parts_->deadline == deadline)
    return;
  parts_->deadline = deadline;
  parts_->timer.expires_at(deadline);  // ends the wait before
  parts_->timer.async_wait([weak = std::weak_ptr(parts_), deadline](const auto& cancelled) {
    const auto alive = weak.lock();
    // A wait that was over already when it was replaced is not cancelled any more.
    if (!alive || cancelled || alive->deadline != deadline)
      return;
    alive->deadline.reset();
    alive->on_due();
  });
}

void deadline_timer::stop() {
  parts_.reset();
}

}  // namespace troupe::actors::reads
