// How a fresh datacenter begins (-bootstrap-expect): which server says who its first servers are,
// and when. Pure.
//
// Every server waits until as many as it expects are alive. The one with the smallest id asks all
// of them for the promise to be begun by it alone, then tells all of them the same configuration. A
// server that others tell has one already, and that stands in it, takes that one.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "actors/servers/server_list.hpp"

namespace troupe::actors::servers {

// Not enough servers, or another one's turn.
struct wait_for_others {
  std::string reason;  // for the log; empty: nothing to say
};
struct ask_for_promises {
  std::vector<server_member> servers;  // all of them, this one among them
};
using first_step = std::variant<wait_for_others, ask_for_promises>;

// `self`: this server's id. Called as long as it has no configuration.
first_step next_step(const server_list& known, const std::string& self);

// What became of asking.
struct promise_answer {
  std::string id;
  bool granted = false;
  messages::RaftConfiguration configuration;
  bool has_log = false;
};

// All promised: tell them.
struct begin_with {
  messages::RaftConfiguration configuration;
};
// There is a datacenter, and its leader will add this server or write to it.
struct there_is_one {};
// Ask again later.
struct not_yet {};
using promise_outcome = std::variant<begin_with, there_is_one, not_yet>;

promise_outcome outcome_of(const std::vector<server_member>& asked,
                           const std::vector<promise_answer>& answers, const std::string& self);

}  // namespace troupe::actors::servers
