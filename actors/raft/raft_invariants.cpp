#include "actors/raft/raft_invariants.hpp"

#include <utility>

namespace troupe::actors::raft {

namespace {

std::string broken(const char* name, const raft_status& status) {
  return std::string(name) + " (term " + std::to_string(status.term.value) + ", last " +
         std::to_string(status.last.index.value) + ", commit " +
         std::to_string(status.commit_index.value) + ", durable " +
         std::to_string(status.durable_index.value) + ")";
}

}  // namespace

std::optional<std::string> raft_invariants::check(const raft_core& core, bool started_anew) {
  moment now{core.status(), core.voted_for()};
  auto fault = check_moment(core);
  if (!fault && before_ && !started_anew)
    fault = check_change(*before_, now, core);
  before_ = std::move(now);
  return fault;
}

std::optional<std::string> raft_invariants::check_moment(const raft_core& core) const {
  const auto status = core.status();
  if (status.commit_index > status.last.index)
    return broken("committed_entries_are_in_the_log", status);
  if (status.durable_index > status.last.index)
    return broken("durable_entries_are_in_the_log", status);
  if (status.last.term > status.term)
    return broken("no_entry_is_of_a_later_term", status);
  if (status.role == role_name::leader && status.leader != core.self())
    return broken("a_leader_knows_that_it_leads", status);
  if (status.role == role_name::leader && core.own_term_index() > status.last.index)
    return broken("a_leader_has_an_entry_of_its_term", status);
  if (status.role != role_name::leader && core.lease_until() != time_point::min())
    return broken("only_a_leader_has_a_lease", status);
  if (core.lease_until() != time_point::min() && status.commit_index < core.own_term_index())
    return broken("a_lease_waits_for_the_terms_first_commit", status);
  return std::nullopt;
}

std::optional<std::string> raft_invariants::check_change(const moment& before, const moment& now,
                                                         const raft_core& core) const {
  if (now.status.term < before.status.term)
    return broken("terms_never_fall", now.status);
  if (now.status.commit_index < before.status.commit_index)
    return broken("the_commit_index_never_falls", now.status);
  const bool same_term = now.status.term == before.status.term;
  if (same_term && before.voted_for && now.voted_for != before.voted_for)
    return broken("a_vote_is_not_taken_back", now.status);
  const bool leads_on =
      same_term && before.status.role == role_name::leader && now.status.role == role_name::leader;
  if (leads_on && !core.log().holds(before.status.last))
    return broken("a_leader_only_appends", now.status);
  if (same_term && before.status.leader && now.status.leader &&
      before.status.leader != now.status.leader)
    return broken("a_term_has_one_leader", now.status);
  return std::nullopt;
}

}  // namespace troupe::actors::raft
