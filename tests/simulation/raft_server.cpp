#include "tests/simulation/raft_server.hpp"

#include <sstream>
#include <utility>

namespace troupe::simulation {

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

// -- life -------------------------------------------------------------------------

void raft_server::start() {
  ++run_;
  auto& random = around_.world.random();
  clock_offset_ = between(random, 0s, 1000s);  // a machine that was down starts from anywhere
  const auto drift_max = static_cast<std::uint64_t>(around_.faults.clock_drift_permille);
  clock_drift_permille_ =
      static_cast<int>(below(random, 2 * drift_max + 1)) - static_cast<int>(drift_max);
  if (around_.fault == mutation::clocks_out_of_bounds)
    clock_drift_permille_ = id_ == "s1" ? -700 : 450;
  raft_options options;
  options.self = {id_};
  options.configuration = first_configuration_;
  options.heartbeat_interval = 50ms;
  options.election_timeout_min = 150ms;
  options.election_timeout_max = around_.faults.election_timeout_max;
  options.appends_in_flight_max = 4;
  options.entries_per_message_max = 8;
  auto hard_state = disk_.hard_state();
  const auto withheld = around_.fault == mutation::forgets_its_vote && run_ > 1
                            ? options.election_timeout_min
                            : duration{0};
  core_.emplace(std::move(options), hard_state, disk_, random_, local_now() - withheld);
  check();
  carry_out();
}

void raft_server::crash() {
  auto& random = around_.world.random();
  if (writing_ && around_.fault != mutation::answers_before_the_sync && chance(random, 0.3))
    append_to_disk(*writing_);  // the sync was done, its report was not
  if (around_.fault == mutation::forgets_its_vote || around_.fault == mutation::forgets_its_term) {
    auto forgotten = disk_.hard_state();
    forgotten.clear_voted_for();
    if (around_.fault == mutation::forgets_its_term)
      forgotten.set_term(disk_.term_at(disk_.last_index())->value);
    disk_.append({}, forgotten);
  }
  ++run_;
  core_.reset();
  writing_.reset();
  next_write_.reset();
  values_.clear();
  applied_ = 0;
  writes_.clear();
  reads_.clear();
  timer_due_.reset();
  led_ = false;
}

void raft_server::later(duration delay, std::function<void()> work) {
  around_.world.after(delay, [this, run = run_, work = std::move(work)] {
    if (run == run_)
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
    check();
    carry_out();
  });
}

// -- inputs -------------------------------------------------------------------------

void raft_server::receive(const messages::RaftMessage& message) {
  if (!core_)
    return;
  core_->receive(message, local_now());
  check();
  carry_out();
}

bool raft_server::write(std::uint64_t key, std::uint64_t value, on_written done) {
  if (!core_)
    return false;
  const auto index = core_->propose(std::to_string(key) + " " + std::to_string(value));
  if (!index)
    return false;
  writes_[index->value] = {core_->status().term.value, std::move(done)};
  carry_out();
  return true;
}

bool raft_server::read(std::uint64_t key, read_mode mode, on_read done) {
  if (!core_)
    return false;
  if (mode == read_mode::leased && may_read_at_once()) {
    done(value_of(key));
    return true;
  }
  const read_ticket ticket{++last_ticket_};
  if (!core_->read_index(ticket, mode == read_mode::consistent, local_now()))
    return false;
  reads_[ticket.value] = {key, 0, std::move(done)};
  carry_out();
  return true;
}

// The path of a reader that asks nobody: see actors/runtime/leadership.hpp.
bool raft_server::may_read_at_once() const {
  const auto own_term = core_->own_term_index().value;
  if (own_term == 0 || applied_ < own_term)
    return false;
  return around_.fault == mutation::reads_without_a_lease || local_now() < core_->lease_until();
}

// -- outputs ------------------------------------------------------------------------

void raft_server::carry_out() {
  auto output = core_->take_output(local_now());
  check();
  for (const auto& message : output.messages_now)
    around_.send(message);
  if (output.newly_committed)
    apply_up_to(output.newly_committed->value);
  serve_reads(output);
  if (output.must_persist())
    persist(std::move(output));
  arm_timer();
}

void raft_server::persist(raft_output output) {
  if (around_.fault == mutation::answers_before_the_sync) {
    for (const auto& message : std::exchange(output.messages_once_durable, {}))
      around_.send(message);
    later(0us, [this, number = output.number] {
      core_->on_persisted(number, local_now());
      carry_out();
    });
  }
  if (next_write_)
    next_write_->join_write(std::move(output));
  else
    next_write_ = std::move(output);
  if (!writing_)
    begin_write();
}

void raft_server::begin_write() {
  writing_ = std::exchange(next_write_, std::nullopt);
  auto& random = around_.world.random();
  const auto& faults = around_.faults;
  const auto takes = chance(random, faults.slow_disk)
                         ? between(random, faults.disk_max, faults.slow_disk_max)
                         : between(random, faults.disk_min, faults.disk_max);
  later(takes, [this] { finish_write(*std::exchange(writing_, std::nullopt)); });
}

void raft_server::finish_write(const raft_output& output) {
  append_to_disk(output);
  for (const auto& message : output.messages_once_durable)
    around_.send(message);
  if (around_.fault != mutation::answers_before_the_sync)
    core_->on_persisted(output.number, local_now());
  check();
  if (next_write_)
    begin_write();
  carry_out();
  if (chance(around_.world.random(), around_.faults.crash_after_write)) {
    crash();
    around_.world.after(between(around_.world.random(), 1ms, 100ms), [this] {
      if (!is_up())
        start();
    });
  }
}

void raft_server::append_to_disk(const raft_output& output) {
  disk_.append(output.appended, output.hard_state);
  for (const auto& entry : output.appended) {
    const auto previous = disk_.term_at({entry.index() - 1});
    around_.checkers.on_append(entry, previous ? previous->value : 0);
  }
}

void raft_server::apply_up_to(std::uint64_t index) {
  while (applied_ < index) {
    const auto entries = core_->log().entries({applied_ + 1}, index - applied_, 1 << 20);
    if (entries.empty())
      return around_.checkers.report(id_ + " lost a committed entry");
    for (const auto& entry : entries)
      apply(entry);
  }
}

void raft_server::apply(const LogEntry& entry) {
  around_.checkers.on_apply(entry, id_);
  applied_ = entry.index();
  if (entry.kind() == LogEntry::COMMAND) {
    std::istringstream command(entry.data());
    std::uint64_t key = 0;
    std::uint64_t value = 0;
    command >> key >> value;
    values_[key] = value;
  }
  const auto pending = writes_.extract(entry.index());
  if (!pending.empty() && pending.mapped().term == entry.term())
    pending.mapped().done();
}

void raft_server::serve_reads(const raft_output& output) {
  for (const auto& ticket : output.reads_failed)
    reads_.erase(ticket.value);
  for (const auto& ready : output.reads_ready)
    reads_.at(ready.ticket.value).index = ready.index.value;
  std::erase_if(reads_, [this](auto& one) {
    auto& read = one.second;
    if (read.index == 0 || read.index > applied_)
      return false;
    read.done(value_of(read.key));
    return true;
  });
}

std::uint64_t raft_server::value_of(std::uint64_t key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? 0 : found->second;
}

void raft_server::check() {
  if (auto broken = invariants_.check(*core_, std::exchange(checked_run_, run_) != run_))
    around_.checkers.report("invariant of " + id_ + ": " + *broken);
  const auto status = core_->status();
  const bool leads_now = status.role == role_name::leader;
  if (leads_now && (!led_ || led_term_ != status.term.value)) {
    around_.checkers.on_leader(status.term.value, id_ + "/" + std::to_string(run_));
    around_.checkers.on_elected(*core_, id_);
  }
  led_ = leads_now;
  led_term_ = status.term.value;
}

}  // namespace troupe::simulation
