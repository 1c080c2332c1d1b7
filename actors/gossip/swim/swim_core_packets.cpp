// What goes out: packets filled to their budget, gossip, push/pull.
#include <algorithm>
#include <bit>
#include <utility>

#include "actors/gossip/swim/encoded_size.hpp"
#include "actors/gossip/swim/swim_core.hpp"

namespace troupe::actors::gossip::swim {

namespace {

std::size_t address_bytes(const endpoint& where) {
  return where.address.bytes().size();
}

}  // namespace

address swim_core::address_of(member_number member) const {
  const auto identity = table_.at(member).identity();
  return identity == no_identity ? address{member, {}}
                                 : address{member, directory_.where(identity)};
}

// memberlist's TransmitLimited: multiplier * ceil(log10(n + 1)).
int swim_core::sends_max(std::uint32_t members) const {
  int digits = 0;
  for (std::uint64_t power = 1; power < std::uint64_t{members} + 1; power *= 10)
    ++digits;
  return settings_.retransmit_multiplier * digits;
}

std::size_t swim_core::room_beside(std::size_t bytes) const {
  const auto taken = bytes + packet_overhead_ + compound_header_bytes;
  const auto all = settings_.packet_bytes_max + packet_extra_;
  return all > taken ? all - taken : 0;
}

// Queued updates, newest news first, into what is left of the packet.
void swim_core::fill(packet& made, std::size_t bytes_taken) {
  auto room = room_beside(bytes_taken);
  constexpr auto messages_max = compound_parts_max - 1;
  made.first_update = static_cast<std::uint32_t>(output_->updates.size());
  if (!queue_.empty())
    room -= queue_.take(
        {.bytes = room, .messages = messages_max, .sends_max = sends_max(table_.counts().known())},
        output_->updates);
  made.update_count = static_cast<std::uint32_t>(output_->updates.size()) - made.first_update;
  made.room = static_cast<std::uint32_t>(room);
  made.user_messages_max = static_cast<std::uint32_t>(messages_max) - made.update_count;
}

void swim_core::send(const address& to, const primary_message& primary, std::size_t primary_bytes) {
  auto& made = output_->packets.emplace_back();
  made.to = to;
  made.primary = primary;
  fill(made, primary_bytes);
}

std::size_t swim_core::bytes_of_ping(const ping& message) const {
  const auto& own = message.reply_to.where;
  return ping_bytes({.target_name = directory_.name_bytes(message.target),
                     .source_name = directory_.name_bytes(self_),
                     .source_address = address_bytes(own)},
                    message.sequence.value, own.port);
}

// Nothing else rides along: this must not be crowded out.
void swim_core::send_with_news(const address& to, const primary_message& primary,
                               std::size_t primary_bytes, const update& news) {
  auto& made = output_->packets.emplace_back();
  made.to = to;
  made.primary = primary;
  made.by_record = true;
  made.first_update = static_cast<std::uint32_t>(output_->updates.size());
  made.update_count = 1;
  made.room = static_cast<std::uint32_t>(
      room_beside(primary_bytes + queue_.bytes_of(news) + compound_part_bytes));
  output_->updates.push_back(news);
}

void swim_core::send_indirect_ping(const address& helper, const indirect_ping& message) {
  const auto& own = message.reply_to.where;
  const auto& target = message.target.where;
  const ping_lengths lengths{.target_name = directory_.name_bytes(message.target.member),
                             .source_name = directory_.name_bytes(self_),
                             .source_address = address_bytes(own)};
  send(helper, message,
       indirect_ping_bytes(lengths, message.sequence.value, own.port, address_bytes(target),
                           target.port));
}

void swim_core::gossip(time_point now) {
  if (queue_.empty() && !user_messages_waiting_)
    return;
  draw_members(static_cast<std::size_t>(settings_.gossip_nodes),
               [&](member_number, const member_record& record) {
                 switch (record.state()) {
                   case member_state::alive:
                   case member_state::suspect:
                     return true;
                   case member_state::dead:
                     return now - record.changed_at() <= settings_.gossip_to_the_dead_time;
                   default:
                     return false;
                 }
               });
  for (const auto member : drawn_) {
    if (queue_.empty() && !user_messages_waiting_)
      return;
    auto& made = output_->packets.emplace_back();
    made.to = address_of(member);
    made.by_record = true;
    fill(made, 0);
  }
}

void swim_core::push_pull(time_point) {
  draw_members(1, [](member_number, const member_record& record) { return record.is_alive(); });
  for (const auto member : drawn_)
    output_->push_pulls.push_back(address_of(member));
}

// Spread over half to one and a half of the wait, lest those who joined together meet in step.
void swim_core::hasten_push_pull(time_point now) {
  const auto wait = static_cast<std::uint64_t>(growth_.wait().count());
  const auto spread =
      static_cast<std::int64_t>(wait / 2 + random_() % std::max<std::uint64_t>(wait, 1));
  next_push_pull_ = std::min(next_push_pull_, now + nanoseconds{spread});
}

// memberlist's pushPullScale: from 33 members on it grows with the logarithm, lest a large pool
// does nothing else.
nanoseconds swim_core::push_pull_interval() const {
  constexpr std::uint32_t unscaled_max = 32;
  const auto n = table_.counts().known();
  if (n <= unscaled_max)
    return settings_.push_pull_interval;
  // ceil(log2 n - log2 32) + 1
  const auto ceil_log2 = std::bit_width(n - 1);
  return settings_.push_pull_interval * (ceil_log2 - std::bit_width(unscaled_max - 1) + 1);
}

}  // namespace troupe::actors::gossip::swim
