// One request to join: which addresses are still to be tried, and how it went. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "messages/gossip.pb.h"
#include "messages/result.hpp"

namespace troupe::actors::gossip {

// Where to join, as people write it.
struct join_address {
  std::string text;  // as given
  std::string host;  // a name or an IP address
  std::uint16_t port = 0;
};

// host, host:port, 1.2.3.4, [v6]:port, and each behind NAME/. Fails with errc::bad_request.
messages::result<join_address> parse_join_address(std::string_view text, std::uint16_t port);

class join_round {
 public:
  join_round(const messages::JoinPool& request, std::uint16_t default_port);

  // The next ones to try, while fewer than limits::pool_join_parallel_max are under way.
  std::vector<join_address> take_next();
  void on_joined(const join_address& at);
  void on_failed(const join_address& at, const std::string& why);
  // One address is several, or none, once its name is looked up: so many more are under way.
  void on_resolved(std::size_t addresses);

  bool is_done() const { return under_way_ == 0 && waiting_.empty(); }
  bool ignores_old_events() const { return ignores_old_events_; }
  const messages::PoolJoined& result() const { return result_; }

 private:
  std::deque<join_address> waiting_;
  std::size_t under_way_ = 0;
  bool ignores_old_events_;
  messages::PoolJoined result_;
};

}  // namespace troupe::actors::gossip
