// The decisions of the request cache in virtual time, against a server that is played here.
#include "actors/cache/request_cache_core.hpp"

#include <algorithm>
#include <deque>

#include <gtest/gtest.h>

#include "actors/cache/request_key.hpp"
#include "messages/catalog.pb.h"

namespace troupe::actors::cache {
namespace {

using namespace std::chrono_literals;
using messages::errc;

message_ptr answer_of(const std::string& text) {
  auto made = std::make_shared<messages::Datacenters>();
  made->add_names(text);
  return made;
}

std::string text_of(const message_ptr& answer) {
  return answer ? static_cast<const messages::Datacenters&>(*answer).names(0) : "nothing";
}

std::string seconds_of(duration age) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(age).count()) + "s";
}

std::string told(const cached_answer& found) {
  return text_of(found.answer) + (found.hit ? " hit " + seconds_of(found.age) : " miss");
}

cache_request request_for(const std::string& key, std::uint64_t min_index = 0, duration wait = {}) {
  cache_request request;
  request.key = key;
  request.asked = answer_of("query " + key);
  request.min_index = min_index;
  request.wait = wait;
  return request;
}

class request_cache : public testing::Test {
 protected:
  void with(request_cache_options options) { core_.emplace(options, std::minstd_rand(7)); }

  // What the request was told at once; "waits", with its id in last_waiter_; or "no room".
  std::string ask(const cache_request& request) {
    const auto admitted = core_->ask(request, now_);
    collect();
    if (const auto* found = std::get_if<cached_answer>(&admitted); found != nullptr)
      return told(*found);
    if (std::holds_alternative<no_room>(admitted))
      return "no room";
    last_waiter_ = std::get<waiter_id>(admitted);
    return "waits";
  }

  void collect() {
    auto output = core_->take_output();
    for (auto& [id, found] : output.answers)
      outcomes_[id] = told(found);
    for (auto& [id, why] : output.refusals)
      outcomes_[id] = "refused: " + why.detail;
    for (auto& order : output.fetches)
      fetches_.push_back(std::move(order));
    for (const auto id : output.cancelled)
      cancelled_.push_back(id);
  }

  // What became of the request that waits; nothing yet: "waits".
  std::string outcome(waiter_id id) { return outcomes_.contains(id) ? outcomes_.at(id) : "waits"; }
  std::string outcome() { return outcome(last_waiter_); }

  fetch_order next_fetch() {
    EXPECT_FALSE(fetches_.empty());
    if (fetches_.empty())
      return {};
    auto order = std::move(fetches_.front());
    fetches_.pop_front();
    return order;
  }

  void answer(const fetch_order& order, const std::string& text, std::uint64_t modify_index,
              std::size_t bytes = 10) {
    core_->fetched(order.id, {answer_of(text), modify_index, bytes}, now_);
    collect();
  }
  void fail(const fetch_order& order) {
    core_->fetch_failed(order.id, {errc::no_leader, "No cluster leader"}, now_);
    collect();
  }
  void pass(duration time) {
    now_ += time;
    core_->tick(now_);
    collect();
  }
  // An entry with this answer, whose background query waits.
  fetch_order filled(const std::string& key, const std::string& text, std::uint64_t index,
                     std::size_t bytes = 10) {
    EXPECT_EQ(ask(request_for(key)), "waits");
    answer(next_fetch(), text, index, bytes);
    return next_fetch();
  }

  time_point now_ = time_point(1h);
  std::optional<request_cache_core> core_{std::in_place, request_cache_options(),
                                          std::minstd_rand(7)};
  waiter_id last_waiter_;
  std::map<waiter_id, std::string> outcomes_;
  std::deque<fetch_order> fetches_;
  std::vector<fetch_id> cancelled_;
};

// -- entries that refresh themselves -------------------------------------------

TEST_F(request_cache, misses_first_and_then_hits_while_a_blocking_query_waits) {
  EXPECT_EQ(ask(request_for("web")), "waits");
  const auto first = next_fetch();
  EXPECT_EQ(first.min_index, 0u);
  EXPECT_EQ(text_of(first.asked), "query web");
  answer(first, "one", 5);
  EXPECT_EQ(outcome(), "one miss");
  const auto background = next_fetch();
  EXPECT_EQ(background.min_index, 5u);
  EXPECT_EQ(background.wait, 10min);
  pass(9min);
  EXPECT_EQ(ask(request_for("web")), "one hit 0s");
  answer(background, "two", 6);
  EXPECT_EQ(ask(request_for("web")), "two hit 0s");
  EXPECT_EQ(next_fetch().min_index, 6u);
  EXPECT_TRUE(fetches_.empty());
}

TEST_F(request_cache, asks_the_server_once_for_all_who_ask_together) {
  ask(request_for("web"));
  const auto one = last_waiter_;
  ask(request_for("web"));
  EXPECT_EQ(fetches_.size(), 1u);
  answer(next_fetch(), "a", 5);
  EXPECT_EQ(outcome(one), "a miss");
  EXPECT_EQ(outcome(), "a miss");
}

TEST_F(request_cache, lets_a_request_wait_until_the_index_is_above_its_own) {
  const auto background = filled("web", "one", 5);
  EXPECT_EQ(ask(request_for("web", 4)), "one hit 0s");
  EXPECT_EQ(ask(request_for("web", 5)), "waits");
  const auto five = last_waiter_;
  EXPECT_EQ(ask(request_for("web", 6)), "waits");
  const auto six = last_waiter_;
  EXPECT_TRUE(fetches_.empty());
  answer(background, "two", 6);
  EXPECT_EQ(outcome(five), "two miss");
  EXPECT_EQ(outcome(six), "waits");
  answer(next_fetch(), "three", 9);
  EXPECT_EQ(outcome(six), "three miss");
}

TEST_F(request_cache, gives_what_it_has_when_the_wait_is_over) {
  filled("web", "one", 5);
  ask(request_for("web", 5, 16s));
  pass(15s);
  EXPECT_EQ(outcome(), "waits");
  pass(2s);  // up to a sixteenth more
  EXPECT_EQ(outcome(), "one miss");
  EXPECT_EQ(core_->waiting(), 0u);
}

TEST_F(request_cache, counts_the_age_from_when_the_server_was_lost) {
  const auto background = filled("web", "one", 5);
  pass(100s);
  fail(background);
  EXPECT_EQ(ask(request_for("web")), "one hit 0s");
  now_ += 30s;
  EXPECT_EQ(ask(request_for("web")), "one hit 30s");
  pass(0s);
  const auto retry = next_fetch();
  EXPECT_EQ(retry.min_index, 0u);  // to be answered at once if the server is back
  answer(retry, "one", 5);
  EXPECT_EQ(ask(request_for("web")), "one hit 0s");
  EXPECT_EQ(next_fetch().min_index, 5u);
}

TEST_F(request_cache, tells_those_who_wait_of_an_error_and_forgets_an_entry_without_answer) {
  ask(request_for("web"));
  fail(next_fetch());
  EXPECT_EQ(outcome(), "refused: No cluster leader");
  EXPECT_EQ(core_->entries(), 0u);
  EXPECT_EQ(core_->bytes(), 0u);
  EXPECT_FALSE(core_->next_deadline());
  filled("web", "one", 5);
}

TEST_F(request_cache, backs_off_longer_after_every_error) {
  fail(filled("web", "one", 5));
  duration longest{};
  for (int failures = 1; failures <= 12; ++failures) {
    const auto began = now_;
    pass(*core_->next_deadline() - now_);
    const auto waited = now_ - began;
    const auto least = std::min<duration>(1s * (1 << std::min(failures - 1, 10)), 60s);
    EXPECT_GE(waited, least);
    EXPECT_LE(waited, least * 3 / 2);
    longest = std::max(longest, waited);
    fail(next_fetch());
  }
  EXPECT_LE(longest, 90s);
}

TEST_F(request_cache, makes_an_effort_at_once_for_who_waits_during_the_back_off) {
  fail(filled("web", "one", 5));
  EXPECT_TRUE(fetches_.empty());
  EXPECT_EQ(ask(request_for("web", 5)), "waits");
  fail(next_fetch());
  EXPECT_EQ(outcome(), "refused: No cluster leader");
}

TEST_F(request_cache, gives_up_a_query_that_nobody_answers) {
  const auto silent = filled("web", "one", 5);
  ask(request_for("web", 5, 10min));
  pass(11min);
  ASSERT_EQ(cancelled_.size(), 1u);
  EXPECT_EQ(cancelled_[0], silent.id);
  answer(silent, "late", 9);
  EXPECT_EQ(ask(request_for("web")), "one hit 0s");
  EXPECT_EQ(core_->waiting(), 0u);
}

TEST_F(request_cache, does_not_spin_with_a_server_that_answers_without_news) {
  auto background = filled("web", "one", 5);
  int asked = 0;
  for (const auto end = now_ + 60s; now_ < end; ++asked) {
    answer(background, "one", 5);
    while (fetches_.empty())
      pass(std::max<duration>(*core_->next_deadline() - now_, 1ms));
    background = next_fetch();
  }
  EXPECT_LE(asked, 61);
}

TEST_F(request_cache, follows_an_index_that_went_back) {
  const auto background = filled("web", "one", 50);
  pass(10min);
  answer(background, "restored", 3);
  EXPECT_EQ(ask(request_for("web")), "restored hit 0s");
  EXPECT_EQ(next_fetch().min_index, 3u);
}

TEST_F(request_cache, forgets_who_hung_up) {
  const auto background = filled("web", "one", 5);
  auto request = request_for("web", 5);
  request.ticket = {77};
  ask(request);
  EXPECT_EQ(core_->cancel({77}), last_waiter_);
  EXPECT_FALSE(core_->cancel({77}));
  answer(background, "two", 6);
  EXPECT_EQ(outcome(), "waits");
}

// -- what is dropped -------------------------------------------------------------

TEST_F(request_cache, drops_an_entry_unused_for_three_days_and_its_query) {
  auto background = filled("web", "one", 5);
  const auto days = [&](int count) {
    for (int i = 0; i < count * 24 * 12; ++i) {
      pass(5min);
      while (!fetches_.empty())
        background = next_fetch();
      if (core_->entries() > 0)
        answer(background, "one", 5);
    }
  };
  days(2);
  EXPECT_EQ(ask(request_for("web")), "one hit 0s");
  days(2);
  EXPECT_EQ(core_->entries(), 1u);
  days(2);
  EXPECT_EQ(core_->entries(), 0u);
  EXPECT_EQ(core_->bytes(), 0u);
  EXPECT_FALSE(cancelled_.empty());
  EXPECT_FALSE(core_->next_deadline());
}

TEST_F(request_cache, makes_room_by_the_entry_least_recently_used) {
  request_cache_options options;
  options.entries_max = 2;
  with(options);
  filled("a", "a", 5);
  now_ += 1s;
  const auto b = filled("b", "b", 5);
  now_ += 1s;
  EXPECT_EQ(ask(request_for("a")), "a hit 0s");
  now_ += 1s;
  filled("c", "c", 5);
  EXPECT_EQ(cancelled_, std::vector{b.id});
  EXPECT_EQ(ask(request_for("a")), "a hit 0s");
  EXPECT_EQ(ask(request_for("b")), "waits");
}

TEST_F(request_cache, has_no_room_if_somebody_waits_for_every_entry) {
  request_cache_options options;
  options.entries_max = 1;
  with(options);
  filled("a", "a", 5);
  ask(request_for("a", 5));
  EXPECT_EQ(ask(request_for("b")), "no room");
  EXPECT_EQ(core_->entries(), 1u);
}

TEST_F(request_cache, keeps_within_its_bytes) {
  request_cache_options options;
  options.bytes_max = 1000;
  with(options);
  filled("a", "a", 5, 600);
  now_ += 1s;
  filled("b", "b", 5, 600);
  EXPECT_EQ(core_->entries(), 1u);
  EXPECT_EQ(ask(request_for("b")), "b hit 0s");
  ask(request_for("huge"));
  answer(next_fetch(), "huge", 5, 5000);
  EXPECT_EQ(outcome(), "huge miss");
  EXPECT_EQ(core_->bytes(), 0u);
}

TEST_F(request_cache, bounds_who_waits) {
  request_cache_options options;
  options.waiters_max = 2;
  with(options);
  EXPECT_EQ(ask(request_for("a")), "waits");
  EXPECT_EQ(ask(request_for("a")), "waits");
  EXPECT_EQ(ask(request_for("a")), "no room");
  EXPECT_EQ(ask(request_for("b")), "no room");
  EXPECT_EQ(core_->entries(), 1u);
}

// -- entries that are asked again when they are too old -----------------------------

cache_request simple(duration max_age, bool must_revalidate = false, duration stale_if_error = {}) {
  auto request = request_for("dcs");
  request.refreshes = false;
  request.max_age = max_age;
  request.must_revalidate = must_revalidate;
  request.stale_if_error = stale_if_error;
  return request;
}

TEST_F(request_cache, asks_again_only_if_the_answer_is_too_old) {
  ask(simple({}));
  answer(next_fetch(), "dc1", 0);
  EXPECT_EQ(outcome(), "dc1 miss");
  pass(20s);
  EXPECT_TRUE(fetches_.empty());
  EXPECT_EQ(ask(simple({})), "dc1 hit 20s");
  EXPECT_EQ(ask(simple(20s)), "dc1 hit 20s");
  EXPECT_EQ(ask(simple(19s)), "waits");
  answer(next_fetch(), "dc2", 0);
  EXPECT_EQ(outcome(), "dc2 miss");
  EXPECT_EQ(ask(simple(1s)), "dc2 hit 0s");
  EXPECT_EQ(ask(simple(1h, true)), "waits");
}

TEST_F(request_cache, gives_an_old_answer_after_an_error_only_to_who_allows_it) {
  ask(simple({}));
  answer(next_fetch(), "dc1", 0);
  pass(60s);
  ask(simple(30s, false, 30s));
  const auto allows = last_waiter_;
  ask(simple(30s, false, 29s));
  const auto too_old = last_waiter_;
  ask(simple(30s));
  fail(next_fetch());
  EXPECT_EQ(outcome(allows), "dc1 hit 60s");
  EXPECT_EQ(outcome(too_old), "refused: No cluster leader");
  EXPECT_EQ(outcome(), "refused: No cluster leader");
  EXPECT_EQ(ask(simple({})), "dc1 hit 60s");
}

// -- everything at once ---------------------------------------------------------------

// A server that fails, is slow or silent, and clients that come, wait and hang up. Who waits always
// has an end, no answer is one that the server never gave, and bounds hold.
class any_history : public testing::TestWithParam<unsigned> {
 protected:
  static request_cache_options small() {
    request_cache_options options;
    options.entries_max = 4;
    options.bytes_max = 500;
    options.waiters_max = 20;
    return options;
  }

  unsigned draw(unsigned below) { return static_cast<unsigned>(random_() % below); }

  // The index that the answer was given under; answers are "query KEY@INDEX".
  std::uint64_t checked_index(const cached_answer& found, const std::string& key) {
    const auto text = text_of(found.answer);
    EXPECT_TRUE(text.starts_with("query " + key + "@")) << text;
    const auto index = std::stoull(text.substr(text.find('@') + 1));
    EXPECT_LE(index, server_index_["query " + key]);
    return index;
  }

  void a_client_asks(int step) {
    const std::string key(1, static_cast<char>('a' + draw(7)));
    auto request = request_for(key, draw(2) * draw(30), 1s * (1 + draw(100)));
    request.refreshes = key < "f";
    if (!request.refreshes)
      request.min_index = 0;
    request.max_age = 1s * draw(20);
    request.stale_if_error = 1s * draw(20);
    request.ticket = {static_cast<std::uint64_t>(step + 1)};
    const auto min_index = request.min_index;
    const auto ticket = request.ticket;
    const auto admitted = core_.ask(request, now_);
    if (const auto* found = std::get_if<cached_answer>(&admitted); found != nullptr) {
      EXPECT_GT(checked_index(*found, key), min_index);
    }
    if (const auto* id = std::get_if<waiter_id>(&admitted); id != nullptr)
      waiting_[*id] = {key, min_index, now_, ticket};
  }

  void the_server_answers() {
    const auto at = open_.begin() + draw(static_cast<unsigned>(open_.size()));
    const auto order = *at;
    open_.erase(at);
    if (draw(5) == 0)
      return core_.fetch_failed(order.id, {errc::failed, "no"}, now_);
    const auto name = text_of(order.asked);
    auto& index = server_index_[name];
    index += index == 0 ? 1 : draw(2);
    core_.fetched(order.id, {answer_of(name + "@" + std::to_string(index)), index, draw(200)},
                  now_);
  }

  void a_client_hangs_up() {
    const auto first = waiting_.begin();
    EXPECT_EQ(core_.cancel(first->second.ticket), first->first);
    waiting_.erase(first);
  }

  void carry_out() {
    auto output = core_.take_output();
    for (auto& [id, found] : output.answers) {
      ASSERT_TRUE(waiting_.contains(id));
      const auto& of = waiting_.at(id);
      EXPECT_TRUE(checked_index(found, of.key) > of.min_index || now_ - of.since >= 1s);
      waiting_.erase(id);
    }
    for (auto& [id, why] : output.refusals)
      ASSERT_EQ(waiting_.erase(id), 1u);
    for (auto& order : output.fetches)
      open_.push_back(std::move(order));
    for (const auto id : output.cancelled)
      std::erase_if(open_, [id](const auto& order) { return order.id == id; });
  }

  void check_bounds() {
    ASSERT_EQ(core_.waiting(), waiting_.size());
    ASSERT_LE(core_.entries(), small().entries_max);
    ASSERT_LE(open_.size(), core_.entries());  // one query an entry
    if (waiting_.empty()) {
      ASSERT_LE(core_.bytes(), small().bytes_max + small().entries_max);
    }
  }

  struct waits {
    std::string key;
    std::uint64_t min_index;
    time_point since;
    query_ticket ticket;
  };
  std::mt19937 random_{GetParam()};
  request_cache_core core_{small(), std::minstd_rand(GetParam())};
  time_point now_{1h};
  std::map<std::string, std::uint64_t> server_index_;  // by the query's text
  std::vector<fetch_order> open_;
  std::map<waiter_id, waits> waiting_;
};

TEST_P(any_history, ends_every_wait_and_keeps_its_bounds) {
  for (int step = 0; step < 3000 && !HasFailure(); ++step) {
    const auto what = draw(10);
    if (what < 4) {
      a_client_asks(step);
    } else if (what < 8 && !open_.empty()) {
      the_server_answers();
    } else if (what == 8) {
      now_ += 1ms * draw(20'000);
      core_.tick(now_);
    } else if (!waiting_.empty()) {
      a_client_hangs_up();
    }
    carry_out();
    check_bounds();
  }
  // The server falls silent: everybody is told, and in the end nothing is left.
  for (int i = 0; i < 100'000 && core_.next_deadline(); ++i) {
    now_ = std::max(now_, *core_.next_deadline());
    core_.tick(now_);
    carry_out();
    open_.clear();
  }
  EXPECT_TRUE(waiting_.empty());
  EXPECT_EQ(core_.entries(), 0u);
  EXPECT_EQ(core_.bytes(), 0u);
}

INSTANTIATE_TEST_SUITE_P(seeds, any_history, testing::Range(1u, 41u));

// -- keys ---------------------------------------------------------------------------------

std::string key_of(messages::ServiceHealthQuery query) {
  keep_what_is_asked(*query.mutable_options(), "dc1");
  return request_key(query);
}

TEST(request_key, is_the_same_whatever_is_said_of_index_wait_freshness_and_ticket) {
  messages::ServiceHealthQuery plain;
  plain.mutable_selection()->set_service("web");
  auto varied = plain;
  auto& options = *varied.mutable_options();
  options.set_min_index(7);
  options.set_wait_ms(1000);
  options.set_ticket(3);
  options.set_consistency(messages::STALE);
  options.set_max_stale_ms(1);
  options.mutable_cache()->set_max_age_s(1);
  options.set_datacenter("dc1");
  EXPECT_EQ(key_of(plain), key_of(varied));
}

TEST(request_key, differs_by_token_kind_and_everything_that_selects) {
  messages::ServiceHealthQuery plain;
  plain.mutable_selection()->set_service("web");
  std::vector<messages::ServiceHealthQuery> others(6, plain);
  others[0].mutable_options()->set_token("secret");
  others[1].mutable_options()->set_filter("Checks is empty");
  others[2].mutable_options()->set_datacenter("dc2");
  others[3].mutable_options()->set_near("n1");
  others[4].set_only_passing(true);
  others[5].mutable_selection()->set_by(messages::ServiceSelection::CONNECT);
  for (const auto& other : others)
    EXPECT_NE(key_of(plain), key_of(other));
  messages::ServiceNodesQuery nodes;
  *nodes.mutable_selection() = plain.selection();
  messages::ServiceHealthQuery health = plain;
  EXPECT_NE(request_key(nodes), request_key(health));
}

TEST(request_key, does_not_depend_on_the_order_of_a_map) {
  messages::ServiceHealthQuery one;
  messages::ServiceHealthQuery other;
  for (int i = 0; i < 50; ++i) {
    (*one.mutable_options()->mutable_node_meta())["k" + std::to_string(i)] = "v";
    (*other.mutable_options()->mutable_node_meta())["k" + std::to_string(49 - i)] = "v";
  }
  EXPECT_EQ(key_of(one), key_of(other));
}

}  // namespace
}  // namespace troupe::actors::cache
