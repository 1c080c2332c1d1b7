#include "tests/actors/raft/raft_script.hpp"

#include <sstream>
#include <utility>

namespace troupe::actors::raft {

using messages::LogEntry;
using messages::RaftMessage;
using std::chrono::milliseconds;

namespace {

raft_options options_of(const std::string& id, const messages::RaftConfiguration& configuration) {
  raft_options options;
  options.self = {id};
  options.configuration = configuration;
  options.heartbeat_interval = milliseconds{50};
  options.election_timeout_min = milliseconds{200};
  options.election_timeout_max = milliseconds{400};
  options.clock_drift_permille_max = 50;
  options.appends_in_flight_max = 4;
  options.entries_per_message_max = 4;
  return options;
}

std::string text(const RaftMessage& message) {
  std::ostringstream out;
  out << message.from() << "->" << message.to() << " ";
  if (message.has_request_vote()) {
    const auto& body = message.request_vote();
    out << (body.pre_vote() ? "pre_vote" : "request_vote") << " term=" << body.term()
        << " last=" << body.last_log_index() << "." << body.last_log_term();
  } else if (message.has_vote_reply()) {
    const auto& body = message.vote_reply();
    out << (body.pre_vote() ? "pre_vote" : "vote") << (body.granted() ? " granted" : " denied")
        << " term=" << body.term();
  } else if (message.has_append_entries()) {
    const auto& body = message.append_entries();
    out << "append term=" << body.term() << " prev=" << body.prev_log_index() << "."
        << body.prev_log_term() << " commit=" << body.leader_commit() << " [";
    for (const auto& entry : body.entries())
      out << (entry.index() == body.prev_log_index() + 1 ? "" : " ") << entry.index() << "."
          << entry.term();
    out << "]";
    if (body.read_round() > 0)
      out << " round=" << body.read_round();
  } else if (message.has_append_reply()) {
    const auto& body = message.append_reply();
    out << "reply term=" << body.term();
    if (body.success())
      out << " match=" << body.match_index();
    else
      out << " refused, conflict=" << body.conflict_index() << "." << body.conflict_term();
  }
  return out.str() + "\n";
}

// "1,1,2": the terms of entries 1, 2 and 3.
std::vector<LogEntry> entries_of(const std::string& terms) {
  std::vector<LogEntry> entries;
  std::istringstream in(terms);
  for (std::string term; std::getline(in, term, ',');) {
    LogEntry entry;
    entry.set_index(entries.size() + 1);
    entry.set_term(std::stoull(term));
    entries.push_back(entry);
  }
  return entries;
}

}  // namespace

std::string raft_script::operator()(const tests::command& command) {
  const auto& name = command.name;
  if (name == "servers")
    return on_servers(command);
  if (name == "stored")
    return on_stored(command);
  if (name == "start")
    return on_start();
  if (name == "pass") {
    now_ += milliseconds{command.number("ms")};
    return "";
  }
  if (name == "deliver" || name == "lose")
    return on_deliver(command, name == "lose");
  if (name == "settle")
    return on_settle();
  if (name == "state")
    return states();
  const auto found = servers_.find(command.word(0));
  if (found == servers_.end())
    return "no such server or command: " + name + " " + command.word(0);
  auto& one = found->second;
  if (name == "timeout")
    return on_timeout(one);
  if (name == "beat")
    return on_beat(one);
  if (name == "propose")
    return on_propose(one, command);
  if (name == "read")
    return on_read(one, command);
  if (name == "lease")
    return on_lease(one);
  if (name == "crash")
    return on_crash(one);
  if (name == "hold") {
    one.holds_writes = true;
    return "";
  }
  if (name == "sync") {
    one.holds_writes = false;
    return sync(one);
  }
  return "unknown command " + name;
}

// servers 3 [non_voters=1]: s1, s2, s3, of which the last ones do not vote.
std::string raft_script::on_servers(const tests::command& command) {
  const auto count = std::stol(command.word(0));
  const auto voters = count - command.number("non_voters");
  servers_.clear();
  messages_.clear();
  configuration_.Clear();
  for (long n = 1; n <= count; ++n) {
    const auto id = "s" + std::to_string(n);
    auto& listed = *configuration_.add_servers();
    listed.set_id(id);
    listed.set_non_voter(n > voters);
    auto& one = servers_[id];
    one.id = id;
    one.random.seed(static_cast<std::uint64_t>(n));
  }
  return "";
}

// stored s1 terms=1,1,2 term=3 [voted=s2]: what is on its disk before it starts.
std::string raft_script::on_stored(const tests::command& command) {
  messages::HardState hard_state;
  hard_state.set_term(static_cast<std::uint64_t>(command.number("term")));
  hard_state.set_voted_for(command.value("voted"));
  servers_.at(command.word(0)).disk.append(entries_of(command.value("terms")), hard_state);
  return "";
}

std::string raft_script::on_start() {
  std::string out;
  for (auto& [id, one] : servers_) {
    one.core = std::make_unique<raft_core>(options_of(id, configuration_), one.disk.hard_state(),
                                           one.disk, one.random, now_);
    out += turn(one);
  }
  now_ += milliseconds{200};  // until votes are given again after a restart
  return out;
}

std::string raft_script::on_crash(server& one) {
  one.writes.clear();
  one.core = std::make_unique<raft_core>(options_of(one.id, configuration_), one.disk.hard_state(),
                                         one.disk, one.random, now_);
  one.invariants = {};
  return turn(one);
}

std::string raft_script::on_timeout(server& one) {
  now_ = std::max(now_, one.core->next_deadline());
  one.core->tick(now_);
  return turn(one);
}

std::string raft_script::on_beat(server& one) {
  now_ += milliseconds{50};
  one.core->tick(now_);
  return turn(one);
}

std::string raft_script::on_propose(server& one, const tests::command& command) {
  const auto index = one.core->propose(command.word(1));
  if (!index)
    return "refused, leader " + (index.error().detail.empty() ? "unknown" : index.error().detail);
  return turn(one);
}

std::string raft_script::on_read(server& one, const tests::command& command) {
  const read_ticket ticket{std::stoull(command.word(1))};
  const auto asked = one.core->read_index(ticket, command.word(2) == "confirmed", now_);
  if (!asked)
    return "refused, leader " + (asked.error().detail.empty() ? "unknown" : asked.error().detail);
  return turn(one);
}

std::string raft_script::on_lease(server& one) const {
  const auto until = one.core->lease_until();
  if (until == time_point::max())
    return "for ever";
  if (until <= now_)
    return "none";
  return std::to_string(std::chrono::duration_cast<milliseconds>(until - now_).count()) + " ms";
}

// deliver [from=s1] [to=s2] [n=1]: the messages under way that fit, not those that they cause.
std::string raft_script::on_deliver(const tests::command& command, bool lost) {
  std::string out;
  auto under_way = std::exchange(messages_, {});
  auto left = command.number("n", 1000);
  for (auto& message : under_way) {
    const bool fits = command.value("from", message.from()) == message.from() &&
                      command.value("to", message.to()) == message.to();
    if (!fits || left == 0) {
      messages_.push_back(std::move(message));
      continue;
    }
    --left;
    auto& receiver = servers_.at(message.to());
    if (lost || !receiver.core)
      continue;
    receiver.core->receive(message, now_);
    out += turn(receiver);
  }
  return out;
}

// Delivers and syncs until nothing moves.
std::string raft_script::on_settle() {
  prints_messages_ = false;
  std::string events;
  for (int round = 0; round < 100 && !messages_.empty(); ++round)
    events += on_deliver({.name = "deliver", .words = {}, .values = {}}, false);
  prints_messages_ = true;
  return messages_.empty() ? events + states() : "does not settle";
}

std::string raft_script::turn(server& one) {
  auto output = one.core->take_output(now_);
  std::string out;
  if (auto broken = one.invariants.check(*one.core))
    out += "BROKEN: " + *broken + "\n";
  for (auto& message : output.messages_now) {
    out += prints_messages_ ? text(message) : "";
    messages_.push_back(std::move(message));
  }
  if (output.newly_committed)
    out += one.id + " commits " + std::to_string(output.newly_committed->value) + "\n";
  for (const auto& read : output.reads_ready)
    out += one.id + " read " + std::to_string(read.ticket.value) + " ready at " +
           std::to_string(read.index.value) + "\n";
  for (const auto& ticket : output.reads_failed)
    out += one.id + " read " + std::to_string(ticket.value) + " failed\n";
  if (output.must_persist()) {
    one.writes.push_back(std::move(output));
    if (!one.holds_writes)
      out += sync(one);
  }
  return out;
}

std::string raft_script::sync(server& one) {
  std::string out;
  while (!one.writes.empty()) {
    const auto write = std::move(one.writes.front());
    one.writes.pop_front();
    one.disk.append(write.appended, write.hard_state);
    for (const auto& message : write.messages_once_durable) {
      out += prints_messages_ ? text(message) : "";
      messages_.push_back(message);
    }
    one.core->on_persisted(write.number, now_);
    out += turn(one);
  }
  return out;
}

std::string raft_script::states() const {
  std::string out;
  for (const auto& [id, one] : servers_)
    out += state(one) + "\n";
  return out;
}

std::string raft_script::state(const server& one) const {
  const auto status = one.core->status();
  std::ostringstream out;
  out << one.id
      << (status.role == role_name::leader      ? " leader"
          : status.role == role_name::candidate ? " candidate"
                                                : " follower")
      << " term=" << status.term.value << " log=";
  for (std::uint64_t n = 1; n <= status.last.index.value; ++n)
    out << (n == 1 ? "" : ",") << one.core->log().term_at({n})->value;
  out << " commit=" << status.commit_index.value;
  if (status.durable_index != status.last.index)
    out << " durable=" << status.durable_index.value;
  return out.str();
}

}  // namespace troupe::actors::raft
