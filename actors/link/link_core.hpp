// When the connection to one other node is made, watched and given up. Pure: no socket, no clock;
// its shell (peer_link_actor) feeds what happened and carries out take_output().
//
//   idle --wanted--> dialling --connected--> up --lost--> backing_off --due--> dialling
//                        '------failed--------------------------^
//
// A connection that is up is pinged; an answer must come before so many further pings are due. A
// connection nobody used for a while is hung up.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string_view>

#include "messages/limits.hpp"

namespace troupe::actors::link {

using time_point = std::chrono::steady_clock::time_point;
using std::chrono::nanoseconds;
using prng = std::mt19937_64;

struct link_core_options {
  nanoseconds dial_timeout = messages::limits::link_dial_timeout;
  nanoseconds ping_interval = messages::limits::link_ping_interval;
  int pings_missed_max = messages::limits::link_pings_missed_max;
  nanoseconds backoff_min = messages::limits::link_backoff_min;
  nanoseconds backoff_max = messages::limits::link_backoff_max;
  nanoseconds idle_timeout = messages::limits::link_idle_timeout;
};

enum class link_state : std::uint8_t { idle, dialling, up, backing_off };

std::string_view name_of(link_state state);

// What the shell owes the core after an input.
struct link_output {
  bool dial = false;
  bool ping = false;
  enum class reason : std::uint8_t { none, timed_out, missed_pings, unused };
  // Give up the connection, or the attempt at one; the core counts it as gone already.
  reason hang_up = reason::none;
};

class link_core {
 public:
  link_core(link_core_options options, prng& random) : options_(options), random_(&random) {}

  // -- inputs ------------------------------------------------------------------

  // There is something to send. False: there is no connection and none is being made, so that it
  // had better fail at once.
  bool want(time_point now);
  void on_up(time_point now);
  void on_pong(time_point now);
  // Connecting failed, or the connection ended.
  void on_lost(time_point now);
  void tick(time_point now);

  // -- output ------------------------------------------------------------------

  [[nodiscard]] link_output take_output();
  // tick() is due no later than this; max(): never.
  time_point next_deadline() const;

  link_state state() const { return state_; }

 private:
  void dial(time_point now);
  void give_up(link_output::reason why, time_point now);
  void back_off(time_point now);

  link_core_options options_;
  prng* random_;

  link_state state_ = link_state::idle;
  bool wanted_again_ = false;  // backing off only: dial when due
  time_point due_{};           // dialling, backing_off
  time_point ping_due_{};      // up
  int pings_unanswered_ = 0;   // up
  time_point last_wanted_{};
  nanoseconds backoff_{0};  // of the last failure; 0 after a success that lasted
  time_point up_since_{};
  link_output output_;
};

}  // namespace troupe::actors::link
