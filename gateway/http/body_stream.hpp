// A response's body that comes bit by bit, for as long as the client listens. The connection asks
// for more only once the client has taken what it was sent, so a source bounds what it keeps
// meanwhile. It knows neither sockets nor actors.
#pragma once

#include <functional>
#include <string>

namespace troupe::gateway {

class body_stream {
 public:
  virtual ~body_stream() = default;  // the client is gone

  // Called once. `more` is to be called, on the connection's io_thread, when take() may have
  // something again after it gave nothing; never after this object's end.
  virtual void start(std::function<void()> more) = 0;
  // What there is to send; empty: nothing yet.
  virtual std::string take() = 0;
};

}  // namespace troupe::gateway
