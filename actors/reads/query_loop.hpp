// One loop for every query, blocking or not, of whatever kind:
//
//   the gate opens -> run -> the index is above min_index, or the wait is over? -> answer
//                      ^                                                        -> else wait
//                      '--------- a change touched what the answer depends on ------'
//
// It owns its thread's read transaction, the gate and the watches. It never writes, and never runs
// more than a batch of queries in one turn of the thread. It knows no CAF: reader_actor.hpp does.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "actors/reads/deadline_timer.hpp"
#include "actors/reads/query_wait.hpp"
#include "actors/reads/read_gate.hpp"
#include "actors/reads/watch_registry.hpp"
#include "actors/runtime/leadership.hpp"
#include "storage/transaction.hpp"

namespace troupe::actors::reads {

// A query that could not be answered from its handler.
class pending_query {
 public:
  pending_query(messages::Consistency in_effect, time_point until)
      : consistency(in_effect), deadline(until) {}
  virtual ~pending_query() = default;
  pending_query(const pending_query&) = delete;
  pending_query& operator=(const pending_query&) = delete;

  // Makes the answer; the index of its result.
  virtual std::uint64_t run(const storage::read_transaction& txn) = 0;
  virtual watch_interest interest() const = 0;  // after run()
  virtual void forget_answer() = 0;             // for the time it waits
  virtual void deliver(messages::QueryMeta meta) = 0;
  virtual void fail(const messages::failure& why) = 0;
  virtual const messages::ReadOptions& options() const = 0;

  messages::Consistency consistency;
  time_point deadline;
  bool queued = false;  // it stands in the queue of those to run
};

// The part that knows no kind of query. Belongs to its actor's io_thread, like everything here.
class query_loop {
 public:
  // What the loop cannot do without the actor around it.
  struct duties {
    virtual ~duties() = default;
    virtual time_point now() const = 0;
    // Asks the raft_peer; read_index_answered() or read_index_refused() follows.
    virtual void ask_read_index(bool always_confirm) = 0;
    // Calls run_ready() in another turn of the thread.
    virtual void continue_later() = 0;
  };

  struct loop_options {
    const storage::environment* state;
    const leadership* leads;
    std::uint64_t jitter_seed = 0;
  };

  query_loop(duties& host, io_thread& home, const loop_options& given);

  // -- for a handler ---------------------------------------------------------

  // The newest state; end_read() has to follow. Fails with errc::io.
  messages::result<const storage::read_transaction*> begin_read();
  void end_read() { txn_->reset(); }
  // To be asked once the transaction has begun.
  read_decision decision_for(const messages::ReadOptions& options) const;
  time_point deadline_for(const messages::ReadOptions& options);
  messages::QueryMeta meta(std::uint64_t found_at, messages::Consistency in_effect) const;

  void wait_at_gate(std::unique_ptr<pending_query> waiting, read_route route);
  void wait_for_change(std::unique_ptr<pending_query> waiting, const watch_interest& interest);

  // -- inputs -------------------------------------------------------------------

  void changed(const messages::ChangeSet& change);
  void cancel(query_ticket ticket);
  void read_index_answered(messages::log_index read_index);
  void read_index_refused(const messages::failure& why);
  void run_ready();
  void close();

  std::size_t waiting_for_change() const { return watches_.size(); }
  // Queries run again because a change touched them.
  std::uint64_t woken() const { return woken_; }

 private:
  // A query that is to run: it came through the gate, or it was woken, or its wait is over.
  struct ready {
    std::optional<read_id> at_gate;
    watch_id watch;
  };

  void on_timer();
  void arm_timer();
  void start_round();
  void release(const std::vector<read_id>& reads);
  void refuse(const std::vector<read_id>& reads, const messages::failure& why);
  void wake(const std::vector<watch_id>& touched);
  void run_one(const ready& next, const storage::read_transaction& txn);
  void run_released(read_id id, const storage::read_transaction& txn);
  void run_woken(watch_id id, const storage::read_transaction& txn);
  void fail_ready(const messages::failure& why);
  std::unique_ptr<pending_query> take_from_gate(read_id id);
  // True: answered.
  bool try_answer(pending_query& one, const storage::read_transaction& txn);

  duties& host_;
  const storage::environment& state_;
  const leadership& leads_;
  jitter_source jitter_;
  deadline_timer timer_;
  std::optional<time_point> armed_for_;
  std::optional<storage::read_transaction> txn_;
  // Of the leadership, just before the transaction began.
  bool shows_all_ = false;
  std::uint64_t leadership_begun_under_ = 0;
  watch_registry watches_;
  std::unordered_map<std::uint64_t, std::unique_ptr<pending_query>> waiting_;  // by watch
  read_gate gate_;
  std::uint64_t last_read_ = 0;
  std::unordered_map<std::uint64_t, std::unique_ptr<pending_query>> at_gate_;  // by read
  std::unordered_map<std::uint64_t, read_id> tickets_at_gate_;
  std::deque<ready> ready_;
  bool continuing_ = false;
  std::uint64_t woken_ = 0;
};

}  // namespace troupe::actors::reads
