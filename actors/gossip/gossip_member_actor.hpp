// This node in one gossip pool: carries out what the pool's cores want sent, dialled and written,
// and tells the rest of the node what they learned. Decides nothing about members itself; blocks
// nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/gossip/gossip_disk.hpp"
#include "actors/gossip/gossip_member_join.hpp"
#include "actors/gossip/gossip_metrics.hpp"
#include "actors/gossip/gossip_pool.hpp"
#include "actors/gossip/gossip_sockets.hpp"
#include "actors/interfaces.hpp"
#include "actors/runtime/io_actor.hpp"

namespace troupe::actors {

struct gossip_member_settings {
  gossip::pool_settings pool;
  gossip::endpoint bind;          // port 0: any that is free; it is then the advertised one too
  std::vector<std::string> keys;  // raw, the primary first; none: no encryption
  std::string key_file;           // empty: none is kept
  std::string snapshot_file;      // empty: none is kept
  std::uint64_t random_seed = 0;
  std::string log_name = "gossip";
  // How many members there are that have not left, for who must not ask. May be null.
  std::shared_ptr<std::atomic<std::size_t>> member_count;
  std::string network = "lan";  // what the metrics call the pool
};

class gossip_member : public io_actor<gossip_member_actor> {
 public:
  struct parts {
    gossip_member_settings settings;
    std::unique_ptr<gossip::keyring> ring;  // null: no encryption
    gossip::serf::recovered_snapshot recovered;
    std::unique_ptr<gossip::gossip_sockets> sockets;
  };
  gossip_member(caf::actor_config& config, io_thread& home, std::shared_ptr<parts> made);
  ~gossip_member() override;

  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  using pool_joined_promise = caf::typed_response_promise<m::PoolJoined>;
  using done_promise = caf::typed_response_promise<m::Done>;
  struct running_join {
    gossip::join_round round;
    pool_joined_promise promise;
  };
  struct running_query {
    m::PoolQueryResult result;
    caf::typed_response_promise<m::PoolQueryResult> promise;
  };
  using join_pointer = std::shared_ptr<running_join>;
  using joined_handler = std::function<void(messages::result<void>)>;

  // -- asked -------------------------------------------------------------------

  caf::result<m::PoolJoined> on_join(const m::JoinPool& request);
  caf::result<m::Done> on_leave();
  caf::result<m::Done> on_force_leave(const m::ForceLeave& request);
  caf::result<m::Done> on_set_tags(const m::SetTags& request);
  caf::result<m::Done> on_fire(const m::FireUserEvent& event);
  caf::result<m::KeyringReply> on_keyring(const m::KeyringRequest& request);
  caf::result<m::PoolQueryResult> on_query(const m::PoolQuery& query);
  m::CoordinateEntry own_coordinate() const;
  m::PoolCoordinates coordinates() const;

  // -- joining -------------------------------------------------------------------

  void go_on(const join_pointer& join);
  void try_address(const join_pointer& join, const gossip::join_address& at);
  void try_endpoint(const join_pointer& join, const gossip::join_address& at,
                    const gossip::endpoint& where);
  void join_one(const gossip::endpoint& where, bool ignores_old_events, joined_handler then);
  void rejoin(std::vector<gossip::serf::join_target> targets);

  // -- its own -------------------------------------------------------------------

  void start_sockets();
  void on_wake();
  void on_tick();
  void carry_out();
  bool send_datagrams();
  void dial();
  void answer_held();
  void tell_subscribers();
  void count_members();
  void finish_queries();
  void write_files();
  void flush_snapshot();
  void log_warnings();
  void log_once_in_a_while(const std::string& text);
  gossip::swim::time_point next_deadline() const;
  void arm();
  template <class Message>
  void tell(const std::set<caf::strong_actor_ptr>& whom, const Message& what);
  gossip::swim::time_point now() const;

  std::shared_ptr<parts> parts_;
  std::unique_ptr<gossip::gossip_pool> pool_;  // from make_behavior() on
  std::unique_ptr<gossip::gossip_disk> disk_;
  gossip::pool_output output_;
  gossip::gossip_metrics metrics_;

  std::map<gossip::exchange_number, joined_handler> joins_;
  std::map<gossip::serf::query_ticket, running_query> queries_;
  std::map<gossip::serf::keyring_ticket, caf::typed_response_promise<m::KeyringReply>> keyrings_;
  std::vector<gossip::gossip_sockets::reply> held_replies_;
  std::vector<done_promise> leaves_;
  gossip::swim::time_point leave_due_ = gossip::swim::time_point::max();

  std::set<caf::strong_actor_ptr> members_subscribers_;
  std::set<caf::strong_actor_ptr> event_subscribers_;
  std::set<caf::strong_actor_ptr> query_subscribers_;

  std::string snapshot_lines_;
  gossip::swim::time_point snapshot_due_ = gossip::swim::time_point::max();
  std::map<std::string, gossip::swim::time_point> logged_;
  gossip::swim::time_point armed_for_ = gossip::swim::time_point::max();  // the timer
};

// Listens, and then runs on `home`, until an exit message; it does not leave the pool by itself.
// Fails with errc::bad_request for settings out of range, or errc::io and a line for people.
messages::result<gossip_member_actor> spawn_gossip_member(caf::actor_system& system,
                                                          io_thread& home,
                                                          gossip_member_settings settings);

}  // namespace troupe::actors
