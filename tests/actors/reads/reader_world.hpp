// A server's readers with a real state and a raft_peer that answers as it is told.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "actors/reads/catalog_actor.hpp"
#include "actors/reads/kv_shard_actor.hpp"
#include "storage/memory_raft_log.hpp"
#include "storage/state_machine.hpp"
#include "tests/support/played_actor.hpp"
#include "tests/support/temporary_directory.hpp"

namespace troupe::actors::reads {

using tests::temporary_directory;

// Answers every read index with the one set here; none set: there is no leader.
struct told_raft_peer {
  std::atomic<std::uint64_t> read_index{0};
  std::atomic<int> asked{0};
};

inline raft_peer_actor::behavior_type raft_peer_behavior(told_raft_peer* told) {
  return tests::played<raft_peer_actor>(
      [told](const m::ReadIndexQuery&) -> caf::result<m::ReadIndexReply> {
        ++told->asked;
        if (told->read_index == 0)
          return to_caf({messages::errc::no_leader, "No cluster leader"});
        m::ReadIndexReply reply;
        reply.set_index(told->read_index);
        return reply;
      });
}

inline state_machine_actor::behavior_type state_machine_behavior() {
  return {
      [](const m::ApplyEntries&) { return m::Applied(); },
      [](const m::SubscribeToChanges&) {},
      [](const m::TakeSnapshot&) { return m::SnapshotTaken(); },
  };
}

class reader_world {
 public:
  reader_world() : system_(config_), self_(system_), home_(system_) {
    auto directory = storage::data_directory::open(directory_.path() / "data");
    EXPECT_TRUE(directory);
    data_ = std::make_unique<storage::data_directory>(std::move(*directory));
    auto state = storage::state_machine::open(*data_, log_, {.boot_id = "one"});
    EXPECT_TRUE(state);
    state_ = std::move(*state);
    leads_.leader_is("leader");
    leads_.leads(true);
    leads_.grant_lease(leadership::clock::time_point::max());
    home_.start();
    const reader_needs needs{&state_->state(), &leads_,
                             system_.spawn([told = &told_]() { return raft_peer_behavior(told); }),
                             system_.spawn(state_machine_behavior), 42};
    kv_ = spawn_kv_shard(system_, home_, needs);
    catalog_ = spawn_catalog(system_, home_, needs);
  }
  ~reader_world() {
    self_->send_exit(kv_, caf::exit_reason::user_shutdown);
    self_->send_exit(catalog_, caf::exit_reason::user_shutdown);
    self_->wait_for(kv_, catalog_);
    kv_ = nullptr;
    catalog_ = nullptr;
    home_.stop();
  }

  // Applies a command and tells the readers; its log index.
  std::uint64_t apply(const std::string& command_text) {
    messages::Command command;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(command_text, &command));
    std::vector<messages::LogEntry> entries(1);
    entries[0].set_index(++last_);
    entries[0].set_term(1);
    entries[0].set_data(command.SerializeAsString());
    auto batch = state_->apply(entries);
    EXPECT_TRUE(batch);
    EXPECT_EQ(batch->results[0].error(), "");
    leads_.applied(last_);
    m::ChangeSet change;
    change.set_index(last_);
    for (const auto& topic : batch->changes.topics)
      change.add_topics(topic);
    for (const auto& subtree : batch->changes.subtrees)
      change.add_subtrees(subtree);
    change.set_everything(batch->changes.everything);
    self_->send(kv_, change);
    self_->send(catalog_, change);
    return last_;
  }
  std::uint64_t put(const std::string& key, const std::string& value) {
    return apply("kv { entry { key: \"" + key + "\" value: \"" + value + "\" } }");
  }

  // Sends a query; its answer is taken by answer_of() later.
  template <class Request>
  auto ask(const Request& request, std::chrono::milliseconds limit = std::chrono::seconds(20)) {
    if constexpr (std::is_same_v<Request, m::KvGet> || std::is_same_v<Request, m::KvList> ||
                  std::is_same_v<Request, m::KvKeys>)
      return self_->request(kv_, limit, request);
    else
      return self_->request(catalog_, limit, request);
  }
  template <class Reply, class Pending>
  messages::result<Reply> answer_of(Pending pending) {
    messages::result<Reply> outcome = messages::failure{};
    pending.receive([&](Reply& reply) { outcome = std::move(reply); },
                    [&](const caf::error& why) { outcome = from_caf(why); });
    return outcome;
  }
  // When this returns the readers have handled all that was sent to them before.
  void settle() {
    m::ReadOptions stale;
    stale.set_consistency(m::STALE);
    m::KvGet get;
    *get.mutable_options() = stale;
    get.set_key("-");
    EXPECT_TRUE(answer_of<m::KvEntries>(ask(get)));
    m::CaRootsQuery roots;
    *roots.mutable_options() = stale;
    EXPECT_TRUE(answer_of<m::CaRoots>(ask(roots)));
  }
  void cancel(std::uint64_t ticket) {
    m::CancelQuery gone;
    gone.set_ticket(ticket);
    self_->send(kv_, gone);
  }
  void no_lease() { leads_.grant_lease(leadership::clock::time_point::min()); }

  told_raft_peer& raft_peer() { return told_; }
  leadership& leads() { return leads_; }

 private:
  temporary_directory directory_;
  storage::memory_raft_log log_;
  std::unique_ptr<storage::data_directory> data_;
  std::unique_ptr<storage::state_machine> state_;
  leadership leads_;
  told_raft_peer told_;
  std::uint64_t last_ = 0;
  caf::actor_system_config config_;
  caf::actor_system system_;
  caf::scoped_actor self_;
  io_thread home_;
  kv_shard_actor kv_;
  catalog_actor catalog_;
};

}  // namespace troupe::actors::reads
