#include "tests/simulation/raft_checkers.hpp"

namespace troupe::simulation {

void raft_checkers::report(std::string what) {
  if (!violation_)
    violation_ = std::move(what);
}

void raft_checkers::on_leader(std::uint64_t term, const std::string& leader) {
  const auto& known = leaders_.emplace(term, leader).first->second;
  if (known != leader)
    report("election safety: " + known + " and " + leader + " both lead term " +
           std::to_string(term));
}

void raft_checkers::on_elected(const actors::raft::raft_core& core, const std::string& leader) {
  for (const auto& [index, commit] : committed_) {
    const auto& entry = commit.entry;
    const bool is_cut_off = index < core.log().first_index().value;
    const bool is_later = commit.term >= core.status().term.value;
    if (is_cut_off || is_later || core.log().holds({{index}, {entry.term()}}))
      continue;
    report("leader completeness: " + leader + " leads term " +
           std::to_string(core.status().term.value) + " without the committed entry " +
           std::to_string(index) + " of term " + std::to_string(entry.term()));
    return;
  }
}

void raft_checkers::on_append(const messages::LogEntry& entry, std::uint64_t previous_term) {
  const entry_record record{previous_term, entry.data()};
  const auto& known =
      entries_.emplace(std::pair{entry.index(), entry.term()}, record).first->second;
  if (!(known == record))
    report("log matching: two logs differ at or before entry " + std::to_string(entry.index()) +
           " of term " + std::to_string(entry.term()));
}

void raft_checkers::on_apply(const messages::LogEntry& entry, const std::string& server,
                             std::uint64_t term) {
  const auto& known =
      committed_.emplace(entry.index(), commit_record{entry, term}).first->second.entry;
  if (known.term() != entry.term() || known.data() != entry.data())
    report("state machine safety: " + server + " applies another entry at " +
           std::to_string(entry.index()));
  if (entry.kind() == messages::LogEntry::CONFIGURATION && entry.index() > servers_index_) {
    servers_.ParseFromString(entry.data());
    servers_index_ = entry.index();
  }
}

}  // namespace troupe::simulation
