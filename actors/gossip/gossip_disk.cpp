#include "actors/gossip/gossip_disk.hpp"

#include <atomic>
#include <filesystem>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "actors/gossip/serf/snapshot_file.hpp"
#include "messages/limits.hpp"
#include "storage/data_directory.hpp"

namespace troupe::actors::gossip {

struct gossip_disk::parts {
  parts(paths given, std::function<void(std::string)> failed)
      : where(std::move(given)), on_failure(std::move(failed)), snapshot(where.snapshot) {}

  void tell(const messages::result<void>& outcome) {
    if (!outcome)
      on_failure(outcome.error().detail);
  }
  // Runs on the disk's thread, unless it is too far behind.
  void order_snapshot(std::function<void()> work) {
    if (where.snapshot.empty() || waiting >= messages::limits::snapshot_writes_waiting_max)
      return;
    ++waiting;
    boost::asio::post(at_work(), [this, work = std::move(work)] {
      work();
      --waiting;
    });
  }

  // Begins with the first order: a member that keeps nothing has no thread for it.
  boost::asio::thread_pool& at_work() {
    if (!thread)
      thread.emplace(1);
    return *thread;
  }

  paths where;
  std::function<void(std::string)> on_failure;
  serf::snapshot_file snapshot;
  bool is_open = false;  // the disk's thread alone
  std::atomic<int> waiting = 0;
  std::optional<boost::asio::thread_pool> thread;
};

gossip_disk::gossip_disk(paths where, std::function<void(std::string)> on_failure)
    : parts_(std::make_unique<parts>(std::move(where), std::move(on_failure))) {}

gossip_disk::~gossip_disk() {
  if (parts_->thread)
    parts_->thread->join();
}

void gossip_disk::append_snapshot(std::string lines) {
  parts_->order_snapshot([own = parts_.get(), lines = std::move(lines)] {
    if (!std::exchange(own->is_open, true))
      own->tell(own->snapshot.open());
    own->tell(own->snapshot.append(lines));
    own->tell(own->snapshot.flush());
  });
}

void gossip_disk::rewrite_snapshot(std::string text) {
  parts_->order_snapshot([own = parts_.get(), text = std::move(text)] {
    own->is_open = true;
    own->tell(own->snapshot.rewrite(text));
  });
}

void gossip_disk::write_keys(std::string contents, std::function<void(std::string)> done) {
  boost::asio::post(parts_->at_work(),
                    [own = parts_.get(), contents = std::move(contents), done = std::move(done)] {
                      const auto outcome = storage::write_durably(own->where.keys, contents);
                      done(outcome ? std::string{} : outcome.error().detail);
                    });
}

}  // namespace troupe::actors::gossip
