// The pool's life, and what its cores want sent as bytes.
#include "actors/gossip/gossip_pool.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "actors/gossip/packet_messages.hpp"
#include "actors/gossip/swim/encoded_size.hpp"
#include "messages/ensure.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip {

namespace limits = messages::limits;
using messages::errc;
using messages::failure;
using messages::result;

namespace {

// From this protocol version on a checksum is understood.
constexpr std::uint8_t checksum_protocol = 5;
constexpr std::size_t checksum_bytes = 7;  // beyond the budget

swim::identity_number intern_self(swim::member_directory& directory, swim::member_number self,
                                  const pool_settings& settings, const std::string& meta) {
  return directory.intern_identity(
      self, {settings.advertise, meta, settings.protocol, settings.delegate});
}

swim::member_number intern_name(swim::member_directory& directory, const std::string& name) {
  auto made = directory.intern(name);
  messages::ensure(made.has_value());  // validate() looked at its length
  return *made;
}

// A push/pull of a large pool, or much news at once, leaves room for as many items as there are
// members, in each of them.
template <class Container>
void clear_and_drop_room(Container& of) {
  constexpr std::size_t kept_bytes = 2048;
  of.clear();
  if (of.capacity() * sizeof(typename Container::value_type) > kept_bytes)
    Container{}.swap(of);  // an assigned {} would keep the room
}

template <class T>
void append(std::vector<T>& to, std::vector<T>&& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// What is for the application and the disk.
void append(serf::serf_output& to, serf::serf_output&& from) {
  append(to.member_events, std::move(from.member_events));
  append(to.user_events, std::move(from.user_events));
  append(to.questions, std::move(from.questions));
  append(to.acks, std::move(from.acks));
  append(to.responses, std::move(from.responses));
  append(to.finished_queries, std::move(from.finished_queries));
  append(to.keyring_replies, std::move(from.keyring_replies));
  append(to.warnings, std::move(from.warnings));
  append(to.key_files, std::move(from.key_files));
  to.left = to.left || from.left;
  to.lost_own_name = to.lost_own_name || from.lost_own_name;
  if (from.snapshot_rewrite) {
    to.snapshot_rewrite = std::move(from.snapshot_rewrite);
    to.snapshot_append.clear();
  }
  to.snapshot_append += from.snapshot_append;
}

}  // namespace

void pool_output::clear() {
  clear_and_drop_room(bytes);
  clear_and_drop_room(datagrams);
  exchanges.clear();
  held_answer.reset();
  serf = {};
  warnings.clear();
}

result<void> validate(const pool_settings& settings) {
  if (settings.advertise.address.is_none() || settings.advertise.port == 0)
    return failure{errc::bad_request, "a pool member needs an address and a port"};
  if (settings.serf.node_name.size() > limits::gossip_name_bytes_max)
    return failure{errc::bad_request, "a pool member's name is too long"};
  if (settings.frames.label.size() > limits::gossip_label_bytes_max)
    return failure{errc::bad_request, "the pool's label is too long"};
  if (wire::encode_tags(settings.serf.tags).size() > limits::pool_tags_bytes_max)
    return failure{errc::bad_request, "the encoded length of the tags exceeds 512 bytes"};
  if (auto valid = serf::validate(settings.serf); !valid)
    return valid;
  return swim::validate(settings.swim);
}

gossip_pool::gossip_pool(pool_settings settings, keyring* ring, serf::recovered_snapshot recovered,
                         std::uint64_t seed, swim::time_point now)
    : settings_(std::move(settings)),
      ring_(ring),
      random_(seed),
      members_(settings_.directory ? settings_.directory : std::make_shared<pool_directory>()),
      directory_(members_->numbers()),
      filter_(settings_.filter),
      self_(intern_name(directory_, settings_.serf.node_name)),
      serf_(settings_.serf,
            {settings_.serf.node_name,
             settings_.advertise,
             {},
             settings_.protocol,
             settings_.delegate},
            {random_, ring, std::move(recovered)}, now),
      swim_(std::make_shared<const swim::swim_settings>(settings_.swim), self_,
            intern_self(directory_, self_, settings_, serf_.own_meta()),
            {.directory = directory_,
             .random = random_,
             .is_welcome = [this](auto member,
                                  auto identity) { return is_welcome(member, identity); },
             .base = nullptr},
            now),
      reader_(settings_.frames, ring, members_->buffers()),
      writer_(settings_.frames, ring, members_->buffers()),
      fill_(settings_.frames.packet_bytes_max, settings_.frames.compresses) {
  const auto& frames = settings_.frames;
  const auto empty_room = wire::piggyback_room(frames, ring, 0);
  swim_.set_packet_overhead(frames.packet_bytes_max - empty_room - swim::compound_header_bytes);
  swim_.set_ack_payload_bytes(serf_.ack_payload().size());
}

void gossip_pool::warn(std::string text) {
  if (output_.warnings.size() < limits::serf_warnings_max)
    output_.warnings.push_back(std::move(text));
}

std::optional<exchange_number> gossip_pool::join(const endpoint& at, bool ignore_old_events,
                                                 swim::time_point now) {
  return ask(with_own_port(at), push_pull_exchange{true, ignore_old_events}, own_push_pull(true),
             now + settings_.stream_timeout);
}

void gossip_pool::tick(swim::time_point now) {
  swim_.tick(now);
  serf_.tick(now);
  if (now >= leave_due_) {
    leave_due_ = swim::time_point::max();
    serf_.on_swim_left(now);
  }
}

swim::time_point gossip_pool::next_deadline() const {
  return std::min({swim_.next_deadline(), serf_.next_deadline(), leave_due_});
}

// -- output ------------------------------------------------------------------------------

void gossip_pool::take_output(pool_output& into, swim::time_point now) {
  handle_waiting(now);
  // What one core puts out may be an input of the other; the chain is short, for packets come from
  // nothing and only packets and events come from them.
  do
    carry_swim(now);
  while (carry_serf(now));
  const auto queued = serf_.stats();
  swim_.set_user_messages_waiting(queued.intent_queue + queued.query_queue + queued.event_queue > 0,
                                  now);
  directory_.drop_unused();
  into.clear();
  std::swap(into, output_);
}

void gossip_pool::carry_swim(swim::time_point now) {
  swim_.take_output(swim_output_);
  for (const auto& event : swim_output_.events)
    tell_serf(event, now);
  clear_and_drop_room(swim_output_.events);
  for (const auto& conflict : swim_output_.conflicts)
    serf_.on_name_conflict(*members_->described(conflict.about, conflict.known),
                           *members_->described(conflict.about, conflict.claimed), now);
  for (const auto& packet : swim_output_.packets)
    encode(packet, now);
  swim_.set_packet_extra(fill_.extra_bytes());
  for (const auto& order : swim_output_.stream_pings) {
    std::string message;
    wire::encode(wire::ping{.sequence_number = order.sequence.value,
                            .node = directory_.name(order.target.member),
                            .source_node = name(),
                            .source = settings_.advertise},
                 message);
    ask(order.target.where, stream_ping_exchange{order.sequence, order.deadline}, message,
        order.deadline);
  }
  for (const auto& to : swim_output_.push_pulls)
    ask(to.where, push_pull_exchange{}, own_push_pull(false), now + settings_.stream_timeout);
  if (swim_output_.held_answers_due)
    output_.held_answer = framed(wire::stream_side::answerer, own_push_pull(true));
  if (swim_output_.leave_told && leave_due_ != swim::time_point::max()) {
    leave_due_ = swim::time_point::max();
    serf_.on_swim_left(now);
  }
}

// True if there is something for swim_core to put out.
bool gossip_pool::carry_serf(swim::time_point now) {
  auto given = serf_.take_output(now);
  for (const auto& message : given.direct)
    send_direct(message);
  for (const auto& target : given.joins_to_try)
    join(target.where, false, now);
  if (given.update_meta)
    swim_.update_self(intern_self(directory_, self_, settings_, *given.update_meta), now);
  if (given.leave_swim) {
    leave_due_ = now + settings_.serf.broadcast_timeout;
    swim_.leave(now);
  }
  const bool goes_on = given.update_meta || given.leave_swim;
  append(output_.serf, std::move(given));
  return goes_on;
}

void gossip_pool::tell_serf(const swim::member_event& event, swim::time_point now) {
  switch (event.kind) {
    case swim::event_kind::joined:
      serf_.on_member_joined(members_->described(event.about, event.after), now);
      break;
    case swim::event_kind::updated:
      serf_.on_member_updated(members_->described(event.about, event.after), now);
      break;
    case swim::event_kind::failed:
    case swim::event_kind::left:
      serf_.on_member_gone(directory_.name(event.about), now);
      break;
    case swim::event_kind::suspected:
    case swim::event_kind::trusted:
    case swim::event_kind::forgotten:
      break;
  }
}

// -- packets -------------------------------------------------------------------------------

void gossip_pool::encode(const swim::packet& packet, swim::time_point now) {
  writer_.start(fill_.extra_bytes());
  pool_output::datagram made;
  made.to = packet.to.where;
  if (const auto* ping = std::get_if<swim::ping>(&packet.primary))
    made.ping = ping->sequence;
  add_primary(packet.primary, {name(), serf_.ack_payload()}, directory_, writer_);
  for (std::uint32_t i = 0; i < packet.update_count; ++i)
    add_update(swim_output_.updates[packet.first_update + i], directory_, writer_);
  const std::size_t room = std::min<std::size_t>(packet.room, writer_.room());
  if (packet.user_messages_max > 0) {
    for (const auto& payload :
         serf_.take_broadcasts(room, wire::piggyback_user_overhead_bytes, now))
      writer_.add(wire::user{payload});
  }
  const auto identity = packet.to.member == swim::no_member
                            ? swim::no_identity
                            : swim_.record(packet.to.member).identity();
  const bool takes_checksum = packet.by_record && identity != swim::no_identity &&
                              directory_.protocol(identity).max >= checksum_protocol;
  put(made, takes_checksum);
}

// Alone, as memberlist sends it: what rides along would use up sends that are to reach others.
void gossip_pool::send_direct(const serf::direct_message& message) {
  writer_.start();
  writer_.add(wire::user{message.payload});
  pool_output::datagram made;
  made.to = with_own_port(message.to);
  put(made, false);
}

void gossip_pool::put(const pool_output::datagram& made, bool checksum) {
  put(made, checksum, {0, writer_.size()});
}

// What was hoped to become smaller and did not goes as two.
void gossip_pool::put(pool_output::datagram made, bool checksum,
                      wire::packet_writer::part messages) {
  const auto bytes = writer_.finish({.checksum = checksum}, messages);
  if (bytes.empty())
    return;
  if (bytes.size() > settings_.frames.packet_bytes_max + checksum_bytes && messages.count > 1) {
    fill_.was_too_full();
    const auto half = messages.count / 2;
    put(made, checksum, {messages.first, half});
    made.ping.reset();
    return put(made, checksum, {messages.first + half, messages.count - half});
  }
  fill_.packed(writer_.bytes() * messages.count / writer_.size(), bytes.size());
  made.offset = output_.bytes.size();
  made.size = bytes.size();
  output_.bytes.append(bytes);
  output_.datagrams.push_back(made);
}

}  // namespace troupe::actors::gossip
