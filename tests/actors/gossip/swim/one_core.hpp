// One swim_core under a microscope: its pool are names that speak only when the test says so.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/gossip/swim/swim_core.hpp"

namespace troupe::actors::gossip::swim {

using namespace std::chrono_literals;

class one_core {
 public:
  using filter = std::function<bool(member_number, identity_number)>;

  explicit one_core(const swim_settings& settings = swim_settings::lan(), filter is_welcome = {})
      : core(std::make_shared<const swim_settings>(settings), number("self"), identity("self"),
             {directory, random, std::move(is_welcome), nullptr}, now) {
    take_output();
  }

  // -- names -----------------------------------------------------------------

  member_number number(std::string_view name) { return *directory.intern(name); }
  // At 127.0.HOST.<number>, understanding protocols up to 5.
  identity_number identity(std::string_view name, std::uint8_t host = 0, std::string meta = {},
                           version_range protocol = {1, 5, 2}) {
    const auto member = number(name);
    const char bytes[] = {127, 0, static_cast<char>(host), static_cast<char>(member.value + 1)};
    return directory.intern_identity(
        member, {.where = {ip_address::from_bytes({bytes, sizeof bytes}), 7946},
                 .meta = std::move(meta),
                 .protocol = protocol,
                 .delegate = {2, 5, 4}});
  }
  std::string name(member_number member) const { return directory.name(member); }

  // -- inputs; each replaces `out` -----------------------------------------------

  void hear(const update& message) {
    core.on_update(message, now);
    take_output();
  }
  void hear_alive(std::string_view about, std::uint32_t incarnation = 1) {
    hear_alive(about, incarnation, identity(about));
  }
  void hear_alive(std::string_view about, std::uint32_t incarnation, identity_number claimed) {
    hear({update_kind::alive, number(about), {incarnation}, no_member, claimed});
  }
  void hear_suspect(std::string_view about, std::uint32_t incarnation, std::string_view from) {
    hear({update_kind::suspect, number(about), {incarnation}, number(from), no_identity});
  }
  void hear_dead(std::string_view about, std::uint32_t incarnation, std::string_view from) {
    hear({update_kind::dead, number(about), {incarnation}, number(from), no_identity});
  }
  void meet(std::initializer_list<std::string_view> names) {
    for (const auto each : names)
      hear_alive(each);
  }
  // What it sends to itself it hears at once, but if it is deaf to itself.
  void take_output() {
    core.take_output(out);
    std::erase_if(out.packets, [this](const packet& each) {
      const auto* own = std::get_if<ping>(&each.primary);
      if (each.to.member != core.self() || own == nullptr)
        return false;
      own_pings.push_back(*own);
      if (!is_deaf_to_itself)
        core.on_ping(*own);
      return true;
    });
  }
  // Ticks at each deadline on the way; `out` holds all that came of it.
  void pass(nanoseconds time) {
    const auto end = now + time;
    swim_output all;
    while (core.next_deadline() <= end) {
      now = std::max(now, core.next_deadline());
      core.tick(now);
      append(all);
    }
    now = end;
    core.tick(now);
    append(all);
    out = std::move(all);
  }

  // -- what came out ----------------------------------------------------------------

  member_state state(std::string_view about) { return core.record(number(about)).state(); }
  std::uint32_t incarnation(std::string_view about) {
    return core.record(number(about)).incarnation().value;
  }
  // As "joined b", in order.
  std::vector<std::string> events() const {
    static constexpr const char* names[] = {"joined", "updated", "suspected", "trusted",
                                            "failed", "left",    "forgotten"};
    std::vector<std::string> all;
    for (const auto& each : out.events)
      all.push_back(std::string{names[static_cast<std::size_t>(each.kind)]} + " " +
                    name(each.about));
    return all;
  }
  template <class Primary>
  std::vector<std::pair<const packet*, Primary>> sent() const {
    std::vector<std::pair<const packet*, Primary>> all;
    for (const auto& each : out.packets)
      if (const auto* primary = std::get_if<Primary>(&each.primary))
        all.emplace_back(&each, *primary);
    return all;
  }
  std::vector<update> updates_of(const packet& each) const {
    const auto first = out.updates.begin() + each.first_update;
    return {first, first + each.update_count};
  }
  // All news this member has to tell, each once: drains nothing but what one large packet takes.
  std::vector<update> news() {
    core.on_ping({.sequence = {1}});
    swim_output drained;
    core.take_output(drained);
    return drained.updates;
  }

  member_directory directory;
  prng random{4711};
  time_point now = time_point{} + 1h;
  std::vector<ping> own_pings;
  bool is_deaf_to_itself = false;
  swim_core core;
  swim_output out;

 private:
  void append(swim_output& all) {
    take_output();
    for (auto& each : out.packets) {
      each.first_update += static_cast<std::uint32_t>(all.updates.size());
      all.packets.push_back(each);
    }
    all.updates.insert(all.updates.end(), out.updates.begin(), out.updates.end());
    all.events.insert(all.events.end(), out.events.begin(), out.events.end());
    all.conflicts.insert(all.conflicts.end(), out.conflicts.begin(), out.conflicts.end());
    all.stream_pings.insert(all.stream_pings.end(), out.stream_pings.begin(),
                            out.stream_pings.end());
    all.push_pulls.insert(all.push_pulls.end(), out.push_pulls.begin(), out.push_pulls.end());
    all.leave_told = all.leave_told || out.leave_told;
    all.held_answers_due = all.held_answers_due || out.held_answers_due;
  }
};

}  // namespace troupe::actors::gossip::swim
