// A pool of members in virtual time: every member is the agents' own swim_core; the world carries
// its packets and streams, wakes it, and does to it what the experiment says. No wire format:
// messages stay structs, and one member_directory is shared by all. One seed makes one run, to the
// bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "actors/gossip/swim/swim_core.hpp"
#include "bench/gossip_scale/agent_words.hpp"
#include "bench/gossip_scale/event_queue.hpp"
#include "bench/gossip_scale/network_model.hpp"

namespace troupe::gossip_scale {

namespace swim = actors::gossip::swim;
using swim::time_point;

struct world_options {
  std::uint32_t members = 0;
  swim::swim_settings settings;
  network_options network;
  std::uint64_t seed = 1;
  // All know all at the start; else each knows itself only, and join() is needed.
  bool acquainted = true;
  // Members have such an agent's tags and coordinates, and what they send is weighed.
  std::optional<agent_release> as_agents{};
  // Members start within this time of each other.
  nanoseconds start_spread{0};
  // What a member needs for each packet it receives; the next ones wait meanwhile.
  nanoseconds handling_time{0};
};

// What a member holds back while it is blocked: the paper's anomaly (Lifeguard, V), or a stopped
// process.
enum class standstill : std::uint8_t {
  // Each of its parts blocks before it sends or after it receives: so its probe, its gossip and
  // what it hears stand still, one after the other, while its timers go on. Nothing is lost.
  blocked_io,
  // Nothing runs; what arrives waits.
  stopped,
};

struct observation {
  time_point at;
  member_number observer = swim::no_member;
  swim::member_event event;
};

// Of all members together; only ever grow.
struct traffic {
  std::uint64_t packets_sent = 0;
  std::uint64_t packets_delivered = 0;
  std::uint64_t packet_bytes_sent = 0;   // before compression and encryption
  std::uint64_t messages_delivered = 0;  // in those: pings, acks and each piece of news
  std::uint64_t streams = 0;             // push/pulls and stream pings begun
  std::uint64_t stream_bytes = 0;        // of push/pulls' records, of both sides
  std::uint64_t merged_records = 0;
  // Packets and streams as agents send them, compressed, from a sample; 0 if not weighed.
  std::uint64_t wire_bytes = 0;
};

class wire_scale;

class gossip_world {
 public:
  explicit gossip_world(const world_options& options);
  ~gossip_world();
  gossip_world(const gossip_world&) = delete;
  gossip_world& operator=(const gossip_world&) = delete;

  // -- time ------------------------------------------------------------------

  time_point now() const { return now_; }
  // Time since the world began.
  nanoseconds elapsed() const { return now_ - time_point{}; }
  void run_until(nanoseconds elapsed);
  void run_for(nanoseconds more) { run_until(elapsed() + more); }
  // Happens at that time since the world began.
  void at(nanoseconds elapsed, std::function<void()> happens);

  // -- what happens to members ---------------------------------------------------

  // Gone without a word; what is under way to it is lost.
  void crash(member_number member);
  // A crashed one again, at incarnation 1, knowing itself only; join() to be called.
  void restart(member_number member);
  // A push/pull with join over `seed`; tried again each second until one works.
  void join(member_number member, member_number seed);
  void leave(member_number member);
  void stand_still(member_number member, standstill kind);
  void go_on(member_number member);
  // What it needs for each packet from now on.
  void slow_down(member_number member, nanoseconds handling_time) {
    members_[member.value].handling_time = handling_time;
  }
  network_model& network() { return network_; }
  // For seeing that checks can fail: an update for which this is false is lost on its way.
  void let_through(std::function<bool(const swim::update&)> filter) { filter_ = std::move(filter); }

  // -- what there is to see ---------------------------------------------------------

  std::uint32_t size() const { return static_cast<std::uint32_t>(members_.size()); }
  bool is_running(member_number member) const { return members_[member.value].core != nullptr; }
  bool is_standing_still(member_number member) const { return members_[member.value].is_still; }
  const swim::swim_core& core(member_number member) const { return *members_[member.value].core; }
  // What one running member believes of another.
  swim::member_state belief(member_number observer, member_number about) const {
    return core(observer).record(about).state();
  }
  const swim::member_directory& directory() const { return directory_; }
  traffic total() const;
  // Of all that happened so far; equal for equal runs.
  std::uint64_t fingerprint() const { return fingerprint_; }
  // Called for each event of each member.
  void observe(std::function<void(const observation&)> observer) {
    observer_ = std::move(observer);
  }

 private:
  struct flight;
  struct stream_journey;
  struct simulated {
    std::unique_ptr<swim::swim_core> core{};  // null: not running
    time_point wakes = time_point::max();     // the event that counts
    time_point busy_until{};                  // with the last packet
    nanoseconds handling_time{0};
    std::uint32_t life = 0;  // counts restarts: streams of a former life end nowhere
    bool is_still = false;
    standstill kind = standstill::stopped;
    bool is_serving = false;                        // an event will take the next arrival
    std::deque<event> incoming{};                   // arrivals that wait
    std::vector<std::uint32_t> outgoing{};          // flights held back
    std::vector<std::uint32_t> outgoing_streams{};  // and streams
    std::vector<std::uint32_t> held_answers{};      // streams that wait for the others of a storm
  };

  void make_core(member_number member, std::shared_ptr<const swim::base_view> base);
  std::shared_ptr<const swim::base_view> acquainted_view();
  void fetch_ahead() const;
  void happen(const event& next);
  void arrive(const event& next);
  void handle(const event& next);
  void serve(member_number member);
  void serve_later(member_number member);
  void deliver_packet(std::uint32_t slot);
  void deliver_primary(swim::swim_core& core, const swim::primary_message& primary);
  void drop_arrival(const event& lost);
  void deliver_stream(std::uint32_t slot);
  void begin_stream(stream_journey journey);
  void open_stream(std::uint32_t slot);
  void send_stream(std::uint32_t slot, bool is_new);
  void end_stream(std::uint32_t slot);
  void on_push_pull(std::uint32_t slot);
  void answer_push_pull(std::uint32_t slot);
  void answer_held(member_number server);
  void snapshot(member_number of, std::vector<swim::remote_record>& into);
  void wake(member_number member);
  void carry_out(member_number member);
  void send_packets(member_number member);
  void launch(std::uint32_t slot);
  void reschedule(member_number member);
  void mix(std::uint64_t what) { fingerprint_ = (fingerprint_ ^ what) * 0x100000001b3ULL; }

  const world_options options_;
  const std::shared_ptr<const swim::swim_settings> settings_;
  prng core_random_;
  prng network_random_;
  swim::member_directory directory_{swim::member_directory::lifetime::keeps_all};
  network_model network_;
  time_point now_{};
  event_queue events_;
  std::vector<simulated> members_;
  std::vector<swim::identity_number> identities_;
  std::vector<flight> flights_;
  std::vector<std::uint32_t> free_flights_;
  std::vector<stream_journey> streams_;
  std::vector<std::uint32_t> free_streams_;
  std::vector<std::function<void()>> actions_;
  swim::swim_output output_;  // of the core that has just had an input
  traffic traffic_;
  std::unique_ptr<wire_scale> scale_;  // null: nothing is weighed
  std::uint64_t fingerprint_ = 0xcbf29ce484222325ULL;
  std::function<void(const observation&)> observer_;
  std::function<bool(const swim::update&)> filter_;
};

}  // namespace troupe::gossip_scale
