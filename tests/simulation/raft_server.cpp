#include "tests/simulation/raft_server.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

namespace troupe::simulation {

using actors::raft::log_position;
using actors::raft::raft_options;
using actors::raft::raft_output;
using actors::raft::read_ticket;
using actors::raft::role_name;
using messages::LogEntry;

raft_server::raft_server(std::string id, messages::RaftConfiguration first_configuration,
                         surroundings around)
    : id_(std::move(id)),
      first_configuration_(std::move(first_configuration)),
      around_(std::move(around)),
      random_(around_.world.random()()) {}

bool raft_server::leads() const {
  return core_ && core_->status().role == role_name::leader;
}

std::uint64_t raft_server::last_index() const {
  return core_ ? core_->status().last.index.value : 0;
}

bool raft_server::knows_configuration_after(std::uint64_t index) const {
  if (core_ && core_->configuration_index().value > index)
    return true;
  const auto from = std::max(disk_.first_index().value, index + 1);
  const auto entries = disk_.entries({from}, disk_.last_index().value, 1 << 30);
  return std::any_of(entries.begin(), entries.end(),
                     [](const LogEntry& entry) { return entry.kind() == LogEntry::CONFIGURATION; });
}

std::string raft_server::describe() const {
  std::ostringstream out;
  out << id_;
  if (!core_)
    return out.str() + " is down";
  const auto status = core_->status();
  constexpr std::array roles{" follows ", " stands ", " leads "};
  out << roles[static_cast<std::size_t>(status.role)]
      << (status.leader ? status.leader->value : std::string()) << ", term " << status.term.value
      << ", log " << core_->log().first_index().value << ".." << status.last.index.value
      << ", commit " << status.commit_index.value << ", applied " << machine_.applied
      << (core_->is_installing() ? ", installs" : "") << (writing_ ? ", writes" : "")
      << ", servers of " << core_->configuration_index().value << ":";
  for (const auto& server : core_->configuration().servers())
    out << " " << server.id() << (server.non_voter() ? "(no vote)" : "");
  return out.str();
}

// -- life -------------------------------------------------------------------------

void raft_server::start() {
  ++run_;
  auto& random = around_.world.random();
  clock_offset_ = between(random, 0s, 1000s);  // a machine that was down starts from anywhere
  const auto drift_max = static_cast<std::uint64_t>(around_.faults.clock_drift_permille);
  clock_drift_permille_ =
      static_cast<int>(below(random, 2 * drift_max + 1)) - static_cast<int>(drift_max);
  if (around_.faults.opposite_clocks)
    clock_drift_permille_ = static_cast<int>(drift_max) * (id_ == "s1" ? -1 : 1);
  if (around_.fault == mutant::clocks_out_of_bounds)
    clock_drift_permille_ = id_ == "s1" ? -700 : 450;
  machine_ = snapshot_;
  raft_options options;
  options.self = {id_};
  options.configuration = first_configuration_;
  if (machine_.servers_index > 0) {
    options.configuration = machine_.servers;
    options.configuration_index = {machine_.servers_index};
  }
  options.applied_index = {machine_.applied};
  options.heartbeat_interval = 50ms;
  options.election_timeout_min = 150ms;
  options.election_timeout_max = around_.faults.election_timeout_max;
  options.appends_in_flight_max = 4;
  options.entries_per_message_max =
      static_cast<std::size_t>(around_.faults.entries_per_message_max);
  options.cache = {.entries_max = 16, .bytes_max = 4096};
  const auto withheld = around_.fault == mutant::forgets_its_vote && run_ > 1
                            ? options.election_timeout_min
                            : duration{0};
  core_.emplace(std::move(options), disk_.hard_state(), disk_, random_, local_now() - withheld);
  check();
  carry_out();
}

void raft_server::crash() {
  auto& random = around_.world.random();
  if (writing_ && around_.fault != mutant::answers_before_the_sync && chance(random, 0.3))
    append_to_disk(*writing_);  // the sync was done, its report was not
  if (around_.fault == mutant::forgets_its_vote || around_.fault == mutant::forgets_its_term) {
    auto forgotten = disk_.hard_state();
    forgotten.clear_voted_for();
    if (around_.fault == mutant::forgets_its_term)
      forgotten.set_term(disk_.term_at(disk_.last_index())->value);
    disk_.append({}, forgotten);
  }
  ++run_;
  core_.reset();
  writing_.reset();
  next_write_.reset();
  sending_.clear();
  writes_.clear();
  reads_.clear();
  timer_due_.reset();
  led_ = false;
}

void raft_server::wipe(std::string new_id) {
  id_ = std::move(new_id);
  first_configuration_.Clear();
  disk_ = {};
  snapshot_ = {};
  machine_ = {};
}

void raft_server::pause(duration lasts) {
  awake_at_ = std::max(awake_at_, around_.world.now() + lasts);
}

void raft_server::later(duration delay, std::function<void()> work) {
  around_.world.after(delay, [this, run = run_, work = std::move(work)]() mutable {
    if (run != run_)
      return;
    if (awake_at_ > around_.world.now())
      return later(awake_at_ - around_.world.now(), std::move(work));
    work();
  });
}

actors::raft::time_point raft_server::local_now() const {
  return actors::raft::time_point{clock_offset_ +
                                  around_.world.now() * (1000 + clock_drift_permille_) / 1000};
}

void raft_server::arm_timer() {
  const auto due = core_->next_deadline();
  if (due == actors::raft::time_point::max())
    return;
  const auto left = std::max(duration{0}, due - local_now());
  const auto delay = left * 1000 / (1000 + clock_drift_permille_) + 1us;
  const auto at = around_.world.now() + delay;
  if (timer_due_ && *timer_due_ <= at && *timer_due_ > around_.world.now())
    return;  // rings early enough
  timer_due_ = at;
  later(delay, [this, at] {
    if (timer_due_ == at)
      timer_due_.reset();
    core_->tick(local_now());
    turn();
  });
}

// -- inputs -------------------------------------------------------------------------

void raft_server::turn() {
  check();
  carry_out();
}

void raft_server::receive(const messages::RaftMessage& message) {
  if (!core_)
    return;
  if (awake_at_ > around_.world.now())
    return later(awake_at_ - around_.world.now(), [this, message] { receive(message); });
  core_->receive(message, local_now());
  turn();
}

void raft_server::ask(const request& wanted, std::function<void(bool)> told, on_done done) {
  if (!core_)
    return told(false);
  if (awake_at_ <= around_.world.now())
    return told(take(wanted, done));
  later(awake_at_ - around_.world.now(), [this, wanted, told = std::move(told),
                                          done = std::move(done)] { told(take(wanted, done)); });
}

bool raft_server::take(const request& wanted, const on_done& done) {
  if (wanted.what.kind == operation_kind::read)
    return read(wanted.key, wanted.mode, done);
  const auto index = core_->propose(register_machine::command(wanted.key, wanted.what));
  if (!index)
    return false;
  writes_[index->value] = {core_->status().term.value, done};
  carry_out();
  return true;
}

bool raft_server::read(std::uint64_t key, read_mode mode, const on_done& done) {
  if (mode == read_mode::leased && may_read_at_once()) {
    done(machine_.value_of(key));
    return true;
  }
  const read_ticket ticket{++last_ticket_};
  if (!core_->read_index(ticket, mode == read_mode::consistent, local_now()))
    return false;
  reads_[ticket.value] = {.index = 0, .done = done, .key = key};
  carry_out();
  return true;
}

// The path of a reader that asks nobody: see actors/runtime/leadership.hpp.
bool raft_server::may_read_at_once() const {
  const auto own_term = core_->own_term_index().value;
  if (own_term == 0 || machine_.applied < own_term)
    return false;
  return around_.fault == mutant::reads_without_a_lease || local_now() < core_->lease_until();
}

bool raft_server::transfer(const std::optional<messages::server_id>& to) {
  const bool begun = core_->transfer_leadership(to, local_now()).has_value();
  turn();
  return begun;
}

bool raft_server::add(const messages::RaftServer& server) {
  const bool begun = core_->add_server(server, local_now()).has_value();
  turn();
  return begun;
}

bool raft_server::remove(const std::string& id) {
  const bool begun = core_->remove_server({id}).has_value();
  turn();
  return begun;
}

// -- carrying out ----------------------------------------------------------------------

void raft_server::carry_out() {
  auto output = core_->take_output(local_now());
  check();
  for (const auto& message : output.messages_now)
    around_.send(message);
  for (const auto& wanted : output.wanted_pieces)
    send_piece(wanted);
  if (output.newly_committed)
    apply_up_to(output.newly_committed->value);
  if (output.newly_committed)
    around_.on_applied(*this);
  serve_reads(output);
  if (output.piece)
    later(disk_time(), [this, piece = std::move(*output.piece)] { store_piece(piece); });
  if (output.must_persist())
    persist(std::move(output));
  arm_timer();
}

void raft_server::persist(raft_output output) {
  if (around_.fault == mutant::answers_before_the_sync) {
    for (const auto& message : std::exchange(output.messages_once_durable, {}))
      around_.send(message);
    // The core is told so as well.
    later(0ns, [this, number = output.number] {
      core_->on_persisted(number, local_now());
      turn();
    });
  }
  if (next_write_)
    next_write_->join_write(std::move(output));
  else
    next_write_ = std::move(output);
  if (!writing_)
    begin_write();
}

duration raft_server::disk_time() {
  auto& random = around_.world.random();
  const auto& faults = around_.faults;
  return chance(random, faults.slow_disk) ? between(random, faults.disk_max, faults.slow_disk_max)
                                          : between(random, faults.disk_min, faults.disk_max);
}

void raft_server::begin_write() {
  writing_ = std::exchange(next_write_, std::nullopt);
  later(disk_time(), [this] { finish_write(*std::exchange(writing_, std::nullopt)); });
}

void raft_server::finish_write(const raft_output& output) {
  append_to_disk(output);
  for (const auto& message : output.messages_once_durable)
    around_.send(message);
  if (around_.fault != mutant::answers_before_the_sync)
    core_->on_persisted(output.number, local_now());
  check();
  if (next_write_)
    begin_write();
  carry_out();
  crash_if_planned(output);
}

void raft_server::crash_if_planned(const raft_output& written) {
  auto& random = around_.world.random();
  const bool voted = written.hard_state && !written.hard_state->voted_for().empty();
  const bool after_vote = voted && chance(random, around_.faults.crash_after_vote);
  if (!after_vote && !chance(random, around_.faults.crash_after_write))
    return;
  crash();
  const auto down = after_vote ? between(random, 100us, 5ms) : between(random, 1ms, 100ms);
  around_.world.after(down, [this] {
    if (!is_up())
      start();
  });
}

void raft_server::append_to_disk(const raft_output& output) {
  disk_.append(output.appended, output.hard_state);
  for (const auto& entry : output.appended) {
    const auto previous = disk_.term_at({entry.index() - 1});
    around_.checkers.on_append(entry, previous ? previous->value : 0);
  }
}

// -- the state machine -----------------------------------------------------------------

void raft_server::apply_up_to(std::uint64_t index) {
  while (machine_.applied < index) {
    const auto next = machine_.applied + 1;
    const auto entries = core_->log().entries({next}, index - machine_.applied, 1 << 20);
    if (entries.empty())
      return around_.checkers.report(id_ + " lost a committed entry");
    for (const auto& entry : entries)
      apply(entry);
  }
  snapshot_if_due();
}

void raft_server::apply(const LogEntry& entry) {
  around_.checkers.on_apply(entry, id_, core_->status().term.value);
  const auto before = machine_.apply(entry);
  const auto pending = writes_.extract(entry.index());
  if (!pending.empty() && pending.mapped().term == entry.term())
    pending.mapped().done(before);
}

void raft_server::serve_reads(const raft_output& output) {
  for (const auto& ticket : output.reads_failed)
    reads_.erase(ticket.value);
  for (const auto& ready : output.reads_ready)
    reads_.at(ready.ticket.value).index = ready.index.value;
  std::erase_if(reads_, [this](auto& one) {
    auto& read = one.second;
    if (read.index == 0 || read.index > machine_.applied)
      return false;
    read.done(machine_.value_of(read.key));
    return true;
  });
}

// -- snapshots ----------------------------------------------------------------------------

// The snapshot is durable before the log is cut.
void raft_server::snapshot_if_due() {
  const auto every = around_.faults.snapshot_every;
  if (every == 0 || machine_.applied < snapshot_.applied + every)
    return;
  snapshot_ = machine_;
  disk_.compact({snapshot_.applied}, around_.faults.trailing_entries);
}

void raft_server::send_piece(const actors::raft::wanted_piece& wanted) {
  later(disk_time(), [this, wanted] {
    auto message = wanted.message;
    auto& piece = *message.mutable_install_snapshot();
    auto& text = sending_[message.to()];
    if (wanted.offset == 0)
      text = snapshot_.text();
    if (wanted.offset >= text.size())
      return;
    const auto from = register_machine::from_text(text);
    piece.set_last_index(from->applied);
    piece.set_last_term(from->applied_term);
    piece.set_data(text.substr(wanted.offset, around_.faults.piece_bytes));
    piece.set_done(wanted.offset + piece.data().size() == text.size());
    around_.send(message);
  });
}

void raft_server::store_piece(const actors::raft::received_piece& piece) {
  if (piece.offset == 0)
    receiving_.clear();
  receiving_.resize(piece.offset);
  receiving_ += piece.data;
  if (piece.is_last)
    return install(piece.snapshot, piece.reception);
  core_->on_piece_stored(piece.reception);
  turn();
}

// Behind all writes that were begun: they are of the log that is replaced.
void raft_server::install(log_position expected, actors::raft::reception_number reception) {
  if (writing_ || next_write_)
    return later(1ms, [this, expected, reception] { install(expected, reception); });
  const auto received = register_machine::from_text(receiving_);
  if (!received || received->applied != expected.index.value) {
    core_->on_piece_failed(reception);
    return turn();
  }
  ++snapshots_installed_;
  snapshot_ = *received;
  disk_.reset_to(expected.index, expected.term);
  if (around_.fault == mutant::snapshot_forgets_its_servers) {
    snapshot_.servers = first_configuration_;
    snapshot_.servers_index = 0;
  }
  machine_ = snapshot_;
  core_->on_snapshot_installed(expected, machine_.servers, {machine_.servers_index});
  turn();
}

// -- checks ---------------------------------------------------------------------------------

void raft_server::check() {
  if (auto broken = invariants_.check(*core_, std::exchange(checked_run_, run_) != run_))
    around_.checkers.report("invariant of " + id_ + ": " + *broken);
  const auto status = core_->status();
  const bool leads_now = status.role == role_name::leader;
  const bool is_new = leads_now && (!led_ || led_term_ != status.term.value);
  if (is_new) {
    around_.checkers.on_leader(status.term.value, id_ + "/" + std::to_string(run_));
    around_.checkers.on_elected(*core_, id_);
  }
  led_ = leads_now;
  led_term_ = status.term.value;
  if (is_new)
    around_.on_elected(*this);
}

}  // namespace troupe::simulation
