// One member of a pool without its sockets: the failure detector, the serf layer and the wire
// format glued together. Bytes and time in; bytes to send, streams to dial and what the application
// is to know out.
//
// No I/O, no clock; randomness from one seed: equal inputs give equal outputs (encryption draws its
// own nonces). One turn:
//
//   1. feed it        on_...(), serf() commands, join(), tick(); several if at hand
//   2. take_output()  and carry it out
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/gossip/endpoint.hpp"
#include "actors/gossip/packet_fill.hpp"
#include "actors/gossip/pool_directory.hpp"
#include "actors/gossip/serf/member_filter.hpp"
#include "actors/gossip/serf/serf_core.hpp"
#include "actors/gossip/swim/swim_core.hpp"
#include "actors/gossip/wire/packet_reader.hpp"
#include "actors/gossip/wire/packet_writer.hpp"
#include "actors/gossip/wire/push_pull.hpp"
#include "actors/gossip/wire/stream_frame.hpp"
#include "messages/result.hpp"

namespace troupe::actors::gossip {

struct pool_settings {
  endpoint advertise;  // address and port, both set
  serf::serf_settings serf;
  swim::swim_settings swim;
  wire::frame_settings frames;
  serf::member_filter_settings filter;
  swim::version_range protocol{1, 5, 2};
  swim::version_range delegate{2, 5, 4};  // Consul's; serf agent's is 2, 5, 5
  std::chrono::nanoseconds stream_timeout = std::chrono::seconds{10};
  std::shared_ptr<pool_directory> directory;  // null: one of its own
};

// errc::bad_request and one line for people.
messages::result<void> validate(const pool_settings& settings);

// Names a stream that this member dials.
using exchange_number = messages::named<struct exchange_number_tag, std::uint64_t>;

struct pool_output {
  struct datagram {
    endpoint to;
    std::size_t offset = 0;  // in `bytes`
    std::size_t size = 0;
    std::optional<swim::sequence_number> ping;  // not sent: on_ping_not_sent()
  };
  struct exchange {
    exchange_number number;
    endpoint to;
    std::string request;  // framed
    swim::time_point deadline;
  };

  std::string bytes;
  std::vector<datagram> datagrams;         // at once
  std::vector<exchange> exchanges;         // each ends in on_answer() or on_no_answer()
  std::optional<std::string> held_answer;  // framed, for all requests that wait
  serf::serf_output serf;  // what is for the application and for the disk; the rest is done
  std::vector<std::string> warnings;  // for the log; bounded

  std::string_view bytes_of(const datagram& one) const {
    return std::string_view{bytes}.substr(one.offset, one.size);
  }
  void clear();
};

// What came and was not taken. Only ever grows.
struct pool_counters {
  std::uint64_t datagrams = 0;
  std::uint64_t refused_datagrams = 0;  // label, key, checksum, or nothing that decodes
  std::uint64_t dropped_messages = 0;   // parts of datagrams that did not decode
  std::uint64_t handoffs_shed = 0;
  std::uint64_t requests = 0;  // streams
  std::uint64_t refused_requests = 0;
  std::uint64_t refused_members = 0;  // by the filter
};

class gossip_pool {
 public:
  // The settings are valid. `ring`: null if encryption is off; it must outlive the pool.
  gossip_pool(pool_settings settings, keyring* ring, serf::recovered_snapshot recovered,
              std::uint64_t seed, swim::time_point now);
  gossip_pool(const gossip_pool&) = delete;
  gossip_pool& operator=(const gossip_pool&) = delete;

  // -- inputs: datagrams ------------------------------------------------------

  // Pings and acks are served; what may wait does, until handle_waiting(): so of many at once the
  // urgent go first.
  void on_datagram(std::string_view bytes, const endpoint& from, swim::time_point now);
  void handle_waiting(swim::time_point now);
  void on_ping_not_sent(swim::sequence_number ping, bool is_of_target, swim::time_point now);

  // -- inputs: streams ----------------------------------------------------------

  struct reply {
    std::string bytes{};  // framed; empty: no answer
    bool waits = false;   // for pool_output::held_answer
  };
  // A request that is whole, or broken as why() says.
  reply on_request(const wire::stream_reader& request, swim::time_point now);
  // The answer to a stream of ours. Fails if it is none, or nothing of it could be taken.
  messages::result<void> on_answer(exchange_number number, const wire::stream_reader& answer,
                                   swim::time_point now);
  void on_no_answer(exchange_number number);

  // -- inputs: this node ----------------------------------------------------------

  // Asks for a push/pull with join. If one of a round of them is answered:
  // serf().on_join_succeeded().
  // Nothing if too many streams are under way.
  std::optional<exchange_number> join(const endpoint& at, bool ignore_old_events,
                                      swim::time_point now);
  // The commands of the serf layer, and what it knows.
  serf::serf_core& serf() { return serf_; }
  const serf::serf_core& serf() const { return serf_; }
  void tick(swim::time_point now);

  // -- output -----------------------------------------------------------------

  void take_output(pool_output& into, swim::time_point now);
  swim::time_point next_deadline() const;

  // -- what it knows ------------------------------------------------------------

  const std::string& name() const { return settings_.serf.node_name; }
  const pool_settings& settings() const { return settings_; }
  const swim::swim_core& swim() const { return swim_; }
  const pool_counters& counters() const { return counters_; }

 private:
  struct push_pull_exchange {
    bool is_join = false;
    bool ignore_old_events = false;
  };
  struct stream_ping_exchange {
    swim::sequence_number sequence;
    swim::time_point deadline;
  };
  using exchange_kind = std::variant<push_pull_exchange, stream_ping_exchange>;

  // -- gossip_pool_receive.cpp: bytes to the cores ----------------------------------

  void take(const wire::packet_message& message, const endpoint& from, swim::time_point now);
  void take_ping(const wire::ping& message, const endpoint& from);
  void take_indirect_ping(const wire::indirect_ping& message, const endpoint& from,
                          swim::time_point now);
  void take_ack(const wire::ack& message, swim::time_point now);
  void hand_off(const wire::packet_message& message);
  void handle_rest(swim::time_point now);
  std::optional<swim::update> to_update(const wire::alive& message);
  std::optional<swim::update> to_accusation(swim::update_kind kind, std::string_view about,
                                            std::string_view from, std::uint32_t incarnation);
  endpoint with_own_port(endpoint where) const;
  bool is_welcome(swim::member_number member, swim::identity_number identity);

  // -- gossip_pool_streams.cpp ----------------------------------------------------

  std::string own_push_pull(bool is_join) const;
  messages::result<std::uint32_t> take_push_pull(std::string_view body, push_pull_exchange kind,
                                                 swim::time_point now);
  reply answer_push_pull(std::string_view body, swim::time_point now);
  reply answer_ping(std::string_view body);
  std::string framed(wire::stream_side side, std::string_view message);
  std::optional<exchange_number> ask(const endpoint& to, const exchange_kind& kind,
                                     std::string_view message, swim::time_point deadline);

  // -- gossip_pool.cpp: the cores to bytes --------------------------------------------

  void carry_swim(swim::time_point now);
  bool carry_serf(swim::time_point now);
  void encode(const swim::packet& packet, swim::time_point now);
  void send_direct(const serf::direct_message& message);
  void put(const pool_output::datagram& made, bool checksum);
  void put(pool_output::datagram made, bool checksum, wire::packet_writer::part messages);
  void tell_serf(const swim::member_event& event, swim::time_point now);
  void warn(std::string text);

  pool_settings settings_;
  keyring* ring_;
  swim::prng random_;
  std::shared_ptr<pool_directory> members_;
  swim::member_directory& directory_;  // of members_
  serf::member_filter filter_;
  swim::member_number self_;
  serf::serf_core serf_;
  swim::swim_core swim_;
  wire::packet_reader reader_;
  wire::packet_writer writer_;
  packet_fill fill_;

  std::vector<swim::update> waiting_alive_;
  std::vector<std::variant<swim::update, std::string>> waiting_rest_;
  std::map<exchange_number, exchange_kind> exchanges_;
  std::uint64_t last_exchange_ = 0;
  swim::time_point leave_due_ = swim::time_point::max();  // then the leave counts as told

  swim::swim_output swim_output_;
  pool_output output_;
  pool_counters counters_;
};

}  // namespace troupe::actors::gossip
