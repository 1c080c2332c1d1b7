#include "actors/raft/raft_core.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <initializer_list>
#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "actors/raft/quorum.hpp"
#include "storage/memory_raft_log.hpp"
#include "tests/actors/raft/raft_script.hpp"
#include "tests/support/transcript.hpp"

namespace troupe::actors::raft {
namespace {

using messages::LogEntry;
using messages::RaftMessage;
using std::chrono::milliseconds;

// -- quorum -------------------------------------------------------------------

TEST(quorum, a_value_reached_by_a_majority_is_the_one_that_counting_finds) {
  prng random{7};
  for (int round = 0; round < 50'000; ++round) {
    std::vector<std::uint64_t> values(1 + random() % 9);
    for (auto& value : values)
      value = random() % 12;
    std::uint64_t counted = 0;
    for (std::uint64_t candidate = 0; candidate < 12; ++candidate) {
      const auto reached = std::count_if(values.begin(), values.end(),
                                         [&](std::uint64_t value) { return value >= candidate; });
      if (2 * static_cast<std::size_t>(reached) > values.size())
        counted = candidate;
    }
    ASSERT_EQ(reached_by_majority(values), counted);
  }
}

TEST(quorum, any_two_majorities_share_a_voter) {
  for (std::size_t voters = 1; voters < 20; ++voters)
    EXPECT_GT(2 * majority(voters), voters);
  EXPECT_EQ(reached_by_majority(std::vector<int>{}), 0);
}

// -- cached_log ------------------------------------------------------------------

LogEntry entry_at(std::uint64_t index, std::uint64_t term, std::size_t bytes = 3) {
  LogEntry entry;
  entry.set_index(index);
  entry.set_term(term);
  entry.set_data(std::string(bytes, static_cast<char>('a' + term % 26)));
  return entry;
}

// Against a plain vector: appends, truncations and late reports of the disk, with a cache so small
// that entries leave it all the time.
TEST(cached_log, answers_as_a_plain_list_would_whatever_the_disk_has_yet) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    prng random{seed};
    storage::memory_raft_log stored;
    cached_log log{stored, {.entries_max = 3, .bytes_max = 40}};
    std::vector<LogEntry> model;
    struct write {
      std::vector<LogEntry> entries;
      log_position last;
    };
    std::deque<write> writes;
    std::uint64_t term = 1;
    for (int step = 0; step < 200; ++step) {
      const auto what = random() % 10;
      if (what < 5) {
        term += random() % 4 == 0 ? 1 : 0;
        model.push_back(entry_at(model.size() + 1, term, random() % 20));
        log.append(model.back());
        writes.push_back({{model.back()}, log.last()});
      } else if (what == 5 && !model.empty()) {  // a conflict: always followed by an append
        const auto index = 1 + random() % model.size();
        ++term;
        log.truncate_from({index});
        model.resize(index - 1);
        model.push_back(entry_at(index, term));
        log.append(model.back());
        writes.push_back({{model.back()}, log.last()});
      } else if (!writes.empty()) {
        stored.append(writes.front().entries);
        log.persisted(writes.front().last);
        writes.pop_front();
      }
      ASSERT_EQ(log.last().index.value, model.size());
      ASSERT_LE(log.durable_index(), log.last().index);
      ASSERT_FALSE(log.term_at({model.size() + 1}));
      for (const auto& entry : model)
        ASSERT_EQ(log.term_at({entry.index()})->value, entry.term()) << "seed " << seed;
      if (model.empty())
        continue;
      const auto from = 1 + random() % model.size();
      const auto found = log.entries({from}, 1 + random() % 5, 1 + random() % 60);
      ASSERT_FALSE(found.empty());
      for (std::size_t n = 0; n < found.size(); ++n)
        ASSERT_EQ(found[n].SerializeAsString(), model[from - 1 + n].SerializeAsString());
      for (std::uint64_t durable = 1; durable <= log.durable_index().value; ++durable)
        ASSERT_EQ(stored.term_at({durable})->value, model[durable - 1].term()) << "seed " << seed;
      auto start = from;
      while (start > 1 && model[start - 2].term() == model[from - 1].term())
        --start;
      ASSERT_EQ(log.run_start({from}, {1}).value, start);
      std::uint64_t last = 0;
      for (std::uint64_t n = 1; n <= from; ++n)
        last = model[n - 1].term() <= model[from / 2].term() ? n : last;
      ASSERT_EQ(log.last_up_to({model[from / 2].term()}, {from}).value, last);
    }
  }
}

// -- raft_options --------------------------------------------------------------------

TEST(raft_options, a_lease_is_shorter_than_the_shortest_election_timeout_by_both_clocks_drift) {
  raft_options options;
  options.self = {"s1"};
  EXPECT_TRUE(options.validate());
  options.election_timeout_min = milliseconds{1050};
  options.clock_drift_permille_max = 50;
  EXPECT_EQ(options.lease_duration(), milliseconds{950});
  options.election_timeout_min = options.heartbeat_interval;
  EXPECT_FALSE(options.validate());
}

TEST(raft_output, a_joined_write_keeps_the_newest_hard_state_and_replaces_what_was_overwritten) {
  raft_output first;
  first.appended = {entry_at(5, 2), entry_at(6, 2), entry_at(7, 2)};
  first.hard_state.emplace().set_term(2);
  first.number = {1};
  raft_output second;
  second.appended = {entry_at(6, 3)};
  second.hard_state.emplace().set_term(3);
  second.messages_once_durable.resize(1);
  second.number = {2};
  first.join_write(std::move(second));
  ASSERT_EQ(first.appended.size(), 2u);
  EXPECT_EQ(first.appended.back().index(), 6u);
  EXPECT_EQ(first.appended.back().term(), 3u);
  EXPECT_EQ(first.hard_state->term(), 3u);
  EXPECT_EQ(first.messages_once_durable.size(), 1u);
  EXPECT_EQ(first.number, write_number{2});
}

// -- raft_core -----------------------------------------------------------------------------

// Whatever arrives, from whomever: nothing ends the process, and no invariant breaks.
TEST(raft_core, survives_random_messages) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    prng random{seed};
    storage::memory_raft_log disk;
    raft_options options;
    options.self = {"s1"};
    for (const auto* id : {"s1", "s2", "s3"})
      options.configuration.add_servers()->set_id(id);
    time_point now{std::chrono::seconds{50}};
    raft_core core{options, {}, disk, random, now};
    raft_invariants invariants;
    for (int step = 0; step < 300; ++step) {
      RaftMessage message;
      message.set_from(std::array{"s2", "s3", "s9", ""}[random() % 4]);
      message.set_to(random() % 20 == 0 ? "s2" : "s1");
      const auto term = core.status().term.value + random() % 3;
      switch (random() % 7) {
        case 0:
          message.mutable_request_vote()->set_term(term);
          message.mutable_request_vote()->set_pre_vote(random() % 2);
          message.mutable_request_vote()->set_last_log_term(random() % 3);
          break;
        case 1:
          message.mutable_vote_reply()->set_term(term);
          message.mutable_vote_reply()->set_granted(random() % 2);
          message.mutable_vote_reply()->set_pre_vote(random() % 2);
          break;
        case 2:
          // One sender a term, as any cluster promises; what it sends has no sense in it.
          message.set_from(term % 2 ? "s2" : "s3");
          message.mutable_append_entries()->set_term(term);
          message.mutable_append_entries()->set_prev_log_index(core.status().commit_index.value +
                                                               random() % 4);
          message.mutable_append_entries()->set_prev_log_term(random() % 3);
          for (auto n = random() % 3; n > 0; --n)
            *message.mutable_append_entries()->add_entries() = entry_at(random() % 6, random() % 4);
          break;
        case 3:
          message.mutable_append_reply()->set_term(term);
          message.mutable_append_reply()->set_success(random() % 2);
          message.mutable_append_reply()->set_match_index(random() % 9);
          message.mutable_append_reply()->set_conflict_index(random() % 9);
          message.mutable_append_reply()->set_conflict_term(random() % 4);
          message.mutable_append_reply()->set_prev_log_index(random() % 9);
          break;
        case 4:
          message.set_from(term % 2 ? "s2" : "s3");
          message.mutable_install_snapshot()->set_term(term);
          message.mutable_install_snapshot()->set_last_index(random() % 12);
          message.mutable_install_snapshot()->set_last_term(random() % 3);
          message.mutable_install_snapshot()->set_offset(random() % 2);
          message.mutable_install_snapshot()->set_data("x");
          message.mutable_install_snapshot()->set_done(random() % 2);
          break;
        case 5:
          message.mutable_timeout_now()->set_term(term);
          break;
        default:
          now += milliseconds{random() % 900};
          core.tick(now);
      }
      core.receive(message, now);
      const auto output = core.take_output(now);
      if (output.piece && !output.piece->is_last && random() % 2)
        core.on_piece_stored(output.piece->reception);
      else if (output.piece)
        core.on_piece_failed(output.piece->reception);
      if (output.must_persist()) {
        disk.append(output.appended, output.hard_state);
        core.on_persisted(output.number, now);
      }
      const auto broken = invariants.check(core);
      ASSERT_FALSE(broken) << "seed " << seed << ": " << *broken;
    }
  }
}

// -- configuration_history -----------------------------------------------------------

messages::RaftConfiguration named(std::initializer_list<const char*> ids) {
  messages::RaftConfiguration servers;
  for (const auto* id : ids)
    servers.add_servers()->set_id(id);
  return servers;
}

TEST(configuration_history, a_truncated_configuration_gives_way_to_the_one_before_it) {
  configuration_history history{{0}, named({"a"})};
  history.note({5}, named({"a", "b"}));
  history.note({9}, named({"a", "b", "c"}));
  EXPECT_EQ(history.voters().size(), 3u);
  history.committed({6});
  history.truncate_from({9});
  EXPECT_EQ(history.latest_index().value, 5u);
  EXPECT_EQ(history.voters().size(), 2u);
  EXPECT_TRUE(history.is_voter("b"));
  EXPECT_FALSE(history.find("c"));
}

// -- echoes -----------------------------------------------------------------------------

// Who leads again would count an echo of its earlier term as one of this.
TEST(raft_core, an_answer_to_an_earlier_term_echoes_nothing) {
  storage::memory_raft_log disk;
  prng random{1};
  const time_point now{std::chrono::seconds{50}};
  raft_options options;
  options.self = {"b"};
  options.configuration = named({"a", "b", "c"});
  messages::HardState known;
  known.set_term(7);
  raft_core core(options, known, disk, random, now);
  const auto answer_to = [&](RaftMessage message) {
    message.set_from("a");
    message.set_to("b");
    core.receive(message, now);
    auto output = core.take_output(now);
    EXPECT_EQ(output.messages_now.size(), 1u);
    return output.messages_now.empty() ? RaftMessage() : output.messages_now.front();
  };
  for (const std::uint64_t term : {6, 7}) {
    RaftMessage heartbeat;
    heartbeat.mutable_append_entries()->set_term(term);
    heartbeat.mutable_append_entries()->set_sent_at_ns(1000);
    heartbeat.mutable_append_entries()->set_read_round(20);
    const auto followed = answer_to(heartbeat).append_reply();
    EXPECT_EQ(followed.term(), 7u);
    EXPECT_EQ(followed.read_round(), term == 7 ? 20u : 0u);
    EXPECT_EQ(followed.sent_at_ns(), term == 7 ? 1000u : 0u);
    RaftMessage piece;
    auto& install = *piece.mutable_install_snapshot();
    install.set_term(term);
    install.set_last_index(9);
    install.set_last_term(3);
    install.set_offset(5);  // not the first one
    install.set_sent_at_ns(1000);
    install.set_read_round(20);
    const auto refused = answer_to(piece).install_snapshot_reply();
    EXPECT_EQ(refused.term(), 7u);
    EXPECT_EQ(refused.read_round(), term == 7 ? 20u : 0u);
    EXPECT_EQ(refused.sent_at_ns(), term == 7 ? 1000u : 0u);
  }
}

// -- servers come and go -----------------------------------------------------------------

// A leader of one voter, with what it wrote durable.
struct lone_leader {
  storage::memory_raft_log disk;
  prng random{1};
  time_point now{std::chrono::seconds{50}};
  std::optional<raft_core> core;

  lone_leader() {
    raft_options options;
    options.self = {"a"};
    options.configuration = named({"a"});
    core.emplace(options, messages::HardState{}, disk, random, now);
    core->tick(now);
    settle();
  }
  std::vector<RaftMessage> settle() {
    std::vector<RaftMessage> sent;
    for (auto output = core->take_output(now);; output = core->take_output(now)) {
      sent.insert(sent.end(), output.messages_now.begin(), output.messages_now.end());
      if (!output.must_persist())
        return sent;
      disk.append(output.appended, output.hard_state);
      core->on_persisted(output.number, now);
    }
  }
  void answer(const char* from, std::uint64_t match) {
    RaftMessage message;
    message.set_from(from);
    message.set_to("a");
    auto& reply = *message.mutable_append_reply();
    reply.set_term(core->status().term.value);
    reply.set_success(true);
    reply.set_match_index(match);
    reply.set_sent_at_ns(static_cast<std::uint64_t>(now.time_since_epoch().count()));
    core->receive(message, now);
    settle();
  }
};

messages::RaftServer voter(const char* id) {
  messages::RaftServer server;
  server.set_id(id);
  return server;
}

TEST(raft_core, a_new_voter_catches_up_without_a_vote_and_takes_the_lone_leaders_endless_lease) {
  lone_leader one;
  ASSERT_EQ(one.core->status().role, role_name::leader);
  EXPECT_EQ(one.core->lease_until(), time_point::max());
  ASSERT_TRUE(one.core->add_server(voter("b"), one.now));
  one.settle();
  ASSERT_EQ(one.core->configuration().servers_size(), 2);
  EXPECT_TRUE(one.core->configuration().servers(1).non_voter());
  EXPECT_EQ(one.core->lease_until(), time_point::max());
  const auto caught_up = one.core->status().last.index.value;
  one.answer("b", caught_up);
  EXPECT_FALSE(one.core->configuration().servers(1).non_voter());
  // The change itself needs both; the echo of before keeps the lease.
  EXPECT_EQ(one.core->status().commit_index.value, caught_up);
  EXPECT_EQ(one.core->lease_until(), one.now + raft_options{}.lease_duration());
  EXPECT_EQ(one.core->add_server(voter("c"), one.now).error().code, messages::errc::unavailable);
  one.answer("b", one.core->status().last.index.value);
  EXPECT_TRUE(one.core->add_server(voter("c"), one.now));
}

TEST(raft_core, a_server_that_is_not_heard_of_stays_without_a_vote) {
  lone_leader one;
  ASSERT_TRUE(one.core->add_server(voter("b"), one.now));
  one.settle();
  EXPECT_EQ(one.core->catching_up(), messages::server_id{"b"});
  one.now += std::chrono::minutes{1};
  one.core->tick(one.now);
  one.settle();
  EXPECT_FALSE(one.core->catching_up());
  EXPECT_TRUE(one.core->configuration().servers(1).non_voter());
  EXPECT_TRUE(one.core->remove_server({"b"}));
  one.settle();
  EXPECT_EQ(one.core->configuration().servers_size(), 1);
  EXPECT_EQ(one.core->remove_server({"a"}).error().code, messages::errc::bad_request);
}

TEST(raft_core, a_transfer_ends_the_lease_and_its_failure_brings_it_back_after_one_more_commit) {
  lone_leader one;
  ASSERT_TRUE(one.core->add_server(voter("b"), one.now));
  one.settle();
  one.answer("b", one.core->status().last.index.value);
  one.answer("b", one.core->status().last.index.value);
  ASSERT_GT(one.core->lease_until(), one.now);
  ASSERT_TRUE(one.core->transfer_leadership({}, one.now));
  const auto sent = one.settle();
  EXPECT_TRUE(std::any_of(sent.begin(), sent.end(),
                          [](const RaftMessage& message) { return message.has_timeout_now(); }));
  EXPECT_EQ(one.core->lease_until(), time_point::min());
  EXPECT_EQ(one.core->propose("x").error().code, messages::errc::unavailable);
  one.now += raft_options{}.election_timeout_max - milliseconds{1};
  one.answer("b", one.core->status().last.index.value);
  one.now += milliseconds{1};
  one.core->tick(one.now);
  one.settle();
  EXPECT_FALSE(one.core->is_handing_over());
  EXPECT_EQ(one.core->lease_until(), time_point::min());  // the one that was told may still stand
  one.answer("b", one.core->status().last.index.value);
  EXPECT_GT(one.core->lease_until(), one.now);
  EXPECT_TRUE(one.core->propose("x"));
}

TEST(raft_core, a_fresh_server_is_bootstrapped_once) {
  storage::memory_raft_log disk;
  prng random{1};
  raft_options options;
  options.self = {"a"};
  time_point now{std::chrono::seconds{50}};
  raft_core core{options, {}, disk, random, now};
  core.tick(now + std::chrono::minutes{1});
  EXPECT_EQ(core.status().role, role_name::follower);
  EXPECT_TRUE(core.bootstrap(named({"a", "b"}), now));
  EXPECT_EQ(core.bootstrap(named({"a"}), now).error().code, messages::errc::conflict);
  core.tick(core.next_deadline());
  EXPECT_EQ(core.status().role, role_name::candidate);
}

class raft_transcript : public testing::TestWithParam<const char*> {};

TEST_P(raft_transcript, is_followed) {
  raft_script script;
  tests::run_transcript(std::string("tests/data/raft/") + GetParam() + ".txt", std::ref(script));
}

INSTANTIATE_TEST_SUITE_P(files, raft_transcript,
                         testing::Values("elections", "votes", "log_repair", "figure_8", "leases",
                                         "reads", "persistence", "lone_server", "non_voters"),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace troupe::actors::raft
