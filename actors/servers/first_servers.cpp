#include "actors/servers/first_servers.hpp"

#include <algorithm>

namespace troupe::actors::servers {

first_step next_step(const server_list& known, const std::string& self) {
  const auto own = known.by_id().find(self);
  if (own == known.by_id().end() || own->second.expect <= 0)
    return wait_for_others{};
  const int expected = own->second.expect;
  std::vector<server_member> alive;
  int voters = 0;
  for (const auto& [id, server] : known.by_id()) {
    if (server.bootstrap)
      return wait_for_others{"member " + server.node +
                             " was started in bootstrap mode; it will add this server"};
    if (server.expect > 0 && server.expect != expected)
      return wait_for_others{"member " + server.node + " expects " + std::to_string(server.expect) +
                             " servers and not " + std::to_string(expected)};
    if (!server.is_alive)
      continue;
    voters += server.non_voter ? 0 : 1;
    alive.push_back(server);
  }
  const auto first = std::find_if(alive.begin(), alive.end(),
                                  [](const server_member& one) { return !one.non_voter; });
  if (voters < expected || first == alive.end() || first->id != self)
    return wait_for_others{};
  return ask_for_promises{std::move(alive)};
}

promise_outcome outcome_of(const std::vector<server_member>& asked,
                           const std::vector<promise_answer>& answers, const std::string& self) {
  for (const auto& answer : answers) {
    if (answer.has_log)
      return there_is_one{};
    const auto& servers = answer.configuration.servers();
    if (servers.empty())
      continue;
    const bool is_in_it = std::any_of(servers.begin(), servers.end(),
                                      [&](const auto& one) { return one.id() == self; });
    if (is_in_it)
      return begin_with{answer.configuration};
    return there_is_one{};
  }
  const bool all_promised =
      answers.size() == asked.size() &&
      std::all_of(answers.begin(), answers.end(), [](const auto& one) { return one.granted; });
  if (!all_promised)
    return not_yet{};
  begin_with first;
  for (const auto& server : asked)
    *first.configuration.add_servers() = server.as_raft_server();
  return first;
}

}  // namespace troupe::actors::servers
