// The pure parts: when to dial, ping and give up; the window; the queue of one-way messages; the
// greeting.
#include "actors/link/link_core.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include <gtest/gtest.h>

#include "actors/link/failures.hpp"
#include "actors/link/greeting.hpp"
#include "actors/link/one_way_queue.hpp"
#include "actors/link/request_window.hpp"

namespace troupe::actors::link {

namespace {

using namespace std::chrono_literals;

struct link_core_test : testing::Test {
  prng random{4711};
  link_core core{{}, random};
  time_point now{};

  link_output after(nanoseconds time) {
    now += time;
    core.tick(now);
    return core.take_output();
  }
  void bring_up() {
    core.want(now);
    std::ignore = core.take_output();
    core.on_up(now);
  }
};

TEST_F(link_core_test, dials_when_wanted_and_not_before) {
  EXPECT_FALSE(after(1h).dial);
  EXPECT_TRUE(core.want(now));
  EXPECT_TRUE(core.take_output().dial);
  EXPECT_TRUE(core.want(now));
  EXPECT_FALSE(core.take_output().dial);
}

TEST_F(link_core_test, gives_up_after_three_pings_without_an_answer) {
  bring_up();
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(after(250ms).ping);
  const auto last = after(250ms);
  EXPECT_FALSE(last.ping);
  EXPECT_EQ(last.hang_up, link_output::reason::missed_pings);
  EXPECT_EQ(core.state(), link_state::backing_off);
}

TEST_F(link_core_test, stays_up_as_long_as_answers_come) {
  bring_up();
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(after(250ms).ping);
    core.on_pong(now);
  }
  EXPECT_EQ(core.state(), link_state::up);
}

TEST_F(link_core_test, backs_off_longer_after_each_failure_up_to_the_limit) {
  ASSERT_TRUE(core.want(now));
  for (int i = 0; i < 10; ++i) {
    core.on_lost(now);
    EXPECT_FALSE(core.want(now));
    const auto wait = core.next_deadline() - now;
    EXPECT_GE(wait, std::min<nanoseconds>(50ms * (1 << i), 3s));
    EXPECT_LE(wait, std::min<nanoseconds>(75ms * (1 << i), 4500ms));
    EXPECT_TRUE(after(wait).dial);  // it was wanted meanwhile
  }
}

TEST_F(link_core_test, does_not_dial_again_what_nobody_wants_any_more) {
  core.want(now);
  std::ignore = core.take_output();
  core.on_lost(now);
  EXPECT_FALSE(after(10s).dial);
  EXPECT_EQ(core.state(), link_state::idle);
}

TEST_F(link_core_test, hangs_up_what_nobody_used_for_a_while) {
  bring_up();
  link_output output;
  for (int i = 0; i < 1000 && output.hang_up == link_output::reason::none; ++i) {
    output = after(250ms);
    core.on_pong(now);
  }
  EXPECT_EQ(output.hang_up, link_output::reason::unused);
  EXPECT_EQ(core.state(), link_state::idle);
  EXPECT_EQ(now.time_since_epoch(), 2min);
}

TEST(request_window, agrees_with_a_simple_model) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    prng random(seed);
    request_window<int> window(
        {.in_flight_max = 4, .queued_max = 3, .queued_bytes_max = 50, .blocking_max = 2});
    std::map<request_ticket, std::pair<bool, time_point>> held;  // blocking, deadline
    std::size_t sent = 0;
    time_point now{};
    for (int step = 0; step < 400; ++step) {
      const auto dice = random() % 10;
      if (dice < 5) {
        const request_shape shape{random() % 10, random() % 4 == 0,
                                  now + nanoseconds(random() % 50 + 1)};
        int wanted = step;
        if (const auto ticket = window.admit(wanted, shape))
          held[*ticket] = {shape.blocking, shape.deadline};
      } else if (dice < 7) {
        while (const auto next = window.next())
          ++sent;
      } else if (dice < 9 && !held.empty()) {
        const auto chosen = std::next(held.begin(), static_cast<long>(random() % held.size()));
        EXPECT_TRUE(window.finish(chosen->first));
        EXPECT_FALSE(window.finish(chosen->first));
        held.erase(chosen);
      } else {
        now += nanoseconds(random() % 20);
        for (const auto& [ticket, what] : window.expire(now)) {
          ASSERT_TRUE(held.contains(ticket)) << "seed " << seed;
          EXPECT_LE(held[ticket].second, now);
          held.erase(ticket);
        }
        for (const auto& [ticket, what] : held)
          EXPECT_GT(what.second, now) << "seed " << seed;
      }
      const auto blocking = static_cast<std::size_t>(
          std::ranges::count_if(held, [](const auto& one) { return one.second.first; }));
      ASSERT_EQ(window.blocking(), blocking);
      ASSERT_EQ(window.in_flight() + window.queued(), held.size() - blocking) << "seed " << seed;
      ASSERT_LE(window.in_flight(), 4U);
      ASSERT_LE(window.in_flight() + window.queued(), 7U);
      ASSERT_LE(blocking, 2U);
    }
    EXPECT_GT(sent, 50U);
    EXPECT_EQ(window.drain().size(), held.size());
    EXPECT_EQ(window.in_flight() + window.queued() + window.blocking(), 0U);
  }
}

TEST(one_way_queue, drops_the_oldest_when_it_is_full) {
  one_way_queue<int> queue(
      {.in_flight_max = 1, .in_flight_bytes_max = 100, .queued_max = 2, .queued_bytes_max = 100});
  EXPECT_EQ(queue.push(1, 10), 0U);
  EXPECT_EQ(queue.next()->first, 1);
  EXPECT_FALSE(queue.next());
  EXPECT_EQ(queue.push(2, 10), 0U);
  EXPECT_EQ(queue.push(3, 10), 0U);
  EXPECT_EQ(queue.push(4, 10), 1U);
  queue.on_confirmed(10);
  EXPECT_EQ(queue.next()->first, 3);
  EXPECT_EQ(queue.push(5, 95), 1U);  // 4 has to go for its bytes
  EXPECT_EQ(queue.queued_bytes(), 95U);
  EXPECT_EQ(queue.clear(), 2U);
}

TEST(one_way_queue, lets_a_message_pass_that_is_larger_than_all_together_may_be) {
  one_way_queue<int> queue(
      {.in_flight_max = 8, .in_flight_bytes_max = 100, .queued_max = 2, .queued_bytes_max = 100});
  queue.push(1, 500);
  EXPECT_EQ(queue.next()->first, 1);
  queue.push(2, 1);
  EXPECT_FALSE(queue.next());
  queue.on_confirmed(500);
  EXPECT_EQ(queue.next()->first, 2);
}

TEST(greeting, is_read_back_as_it_was_written) {
  messages::LinkGreeting own;
  own.set_protocol(1);
  own.set_node_id("id");
  own.set_process("p");
  const auto frame = frame_greeting(own);
  const auto length =
      greeting_body_length(std::string_view(frame).substr(0, greeting_header_bytes));
  ASSERT_TRUE(length);
  EXPECT_EQ(*length + greeting_header_bytes, frame.size());
  const auto read = parse_greeting(std::string_view(frame).substr(greeting_header_bytes));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->node_id(), "id");
}

TEST(greeting, refuses_what_is_none) {
  EXPECT_FALSE(greeting_body_length("GET / HT"));
  EXPECT_FALSE(greeting_body_length("TRPE"));
  using namespace std::string_view_literals;
  EXPECT_FALSE(greeting_body_length("TRPE\2\0\0\1"sv));
  EXPECT_FALSE(greeting_body_length("TRPE\1\0\xff\xff"sv));
  EXPECT_FALSE(parse_greeting(""));
  EXPECT_FALSE(parse_verdict("\xff\xff"));
}

TEST(failures, tell_what_may_be_sent_again) {
  EXPECT_TRUE(is_never_sent(no_connection("", "x:1", "EOF")));
  EXPECT_TRUE(is_never_sent(shed()));
  EXPECT_TRUE(is_never_sent(not_ready()));
  EXPECT_FALSE(is_never_sent(connection_lost()));
  EXPECT_FALSE(is_never_sent(no_answer()));
  EXPECT_FALSE(is_never_sent({messages::errc::io, "disk full"}));
}

}  // namespace

}  // namespace troupe::actors::link
