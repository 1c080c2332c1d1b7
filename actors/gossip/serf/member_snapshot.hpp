// The snapshot of a pool's members and clocks, as serf writes it: text lines that are appended, for
// a restarted member to find back. Pure: snapshot_file does the writing.
//
//   alive: NAME IP:PORT    not-alive: NAME    clock: N    event-clock: N    query-clock: N    leave
//
// Other lines known of old ("coordinate:", "#") are passed over; broken ones are counted.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/gossip/serf/serf_types.hpp"

namespace troupe::actors::gossip::serf {

// What a snapshot held.
struct recovered_snapshot {
  std::map<std::string, endpoint> alive;
  lamport_time member_time;  // the last seen; 0: none
  lamport_time event_time;
  lamport_time query_time;
  std::size_t bytes = 0;         // of the text
  std::size_t broken_lines = 0;  // skipped
};

// Reads a whole file. A `leave` forgets all before it, unless rejoin_after_leave.
recovered_snapshot parse_snapshot(std::string_view text, bool rejoin_after_leave);

class member_snapshot {
 public:
  member_snapshot(recovered_snapshot recovered, bool rejoin_after_leave);

  // Each is a line, if it says something new.
  void on_alive(const std::string& name, const endpoint& where);
  void on_not_alive(const std::string& name);
  void on_member_time(lamport_time seen);
  void on_event_time(lamport_time seen);
  void on_query_time(lamport_time seen);
  // Nothing is written afterwards.
  void on_leave();

  // The lines since the last call; empty if the file is to be rewritten instead.
  std::string take_lines();
  // The whole text, if the file has grown past what is worth keeping: max(128 KiB, 2 * 128 *
  // alive).
  std::optional<std::string> take_rewrite();

 private:
  void append(std::string_view line);
  std::string whole_text() const;

  std::map<std::string, endpoint> alive_;
  lamport_time member_time_;
  lamport_time event_time_;
  lamport_time query_time_;
  bool rejoin_after_leave_;
  bool has_left_ = false;
  std::string lines_;
  std::size_t bytes_;                // of the file with the lines
  std::size_t rewritten_bytes_ = 0;  // by the last rewrite: long names must not cause one each time
};

}  // namespace troupe::actors::gossip::serf
