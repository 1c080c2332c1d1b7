#include "actors/servers/first_servers.hpp"

#include <gtest/gtest.h>

#include "tests/actors/servers/some_servers.hpp"

namespace troupe::actors::servers {
namespace {

using messages::MemberEvent;

const auto three = list_of({some_server("a", 1), some_server("b", 2), some_server("c", 3)});

std::vector<server_member> asked_by(const server_list& list, const std::string& id) {
  const auto step = next_step(list, id);
  const auto* asks = std::get_if<ask_for_promises>(&step);
  return asks ? asks->servers : std::vector<server_member>();
}

std::vector<promise_answer> all_promise(const std::vector<server_member>& asked) {
  std::vector<promise_answer> answers;
  for (const auto& server : asked)
    answers.push_back({server.id, true, {}, false});
  return answers;
}

TEST(first_servers, one_of_them_alone_asks_the_others) {
  EXPECT_EQ(asked_by(three, "id-a").size(), 3u);
  EXPECT_TRUE(asked_by(three, "id-b").empty());
  EXPECT_TRUE(asked_by(three, "id-c").empty());
}

TEST(first_servers, wait_until_as_many_as_expected_are_alive) {
  auto list = list_of({some_server("a", 1), some_server("b", 2)});
  EXPECT_TRUE(asked_by(list, "id-a").empty());
  list.take(event(MemberEvent::FAILED, {some_server("c", 3)}));
  EXPECT_TRUE(asked_by(list, "id-a").empty());
  list.take(event(MemberEvent::JOINED, {some_server("c", 3)}));
  EXPECT_EQ(asked_by(list, "id-a").size(), 3u);
}

TEST(first_servers, a_server_that_expects_nobody_never_begins) {
  const auto list = list_of({some_server("a", 1, 0), some_server("b", 2), some_server("c", 3)});
  EXPECT_TRUE(asked_by(list, "id-a").empty());
}

TEST(first_servers, different_expectations_are_named_and_nothing_begins) {
  const auto list = list_of({some_server("a", 1), some_server("b", 2, 5), some_server("c", 3)});
  const auto step = next_step(list, "id-a");
  EXPECT_EQ(std::get<wait_for_others>(step).reason, "member b expects 5 servers and not 3");
}

TEST(first_servers, wait_for_one_that_elects_itself) {
  auto alone = some_server("b", 2, 0);
  (*alone.mutable_tags())["bootstrap"] = "1";
  const auto list = list_of({some_server("a", 1), alone, some_server("c", 3), some_server("d", 4)});
  EXPECT_NE(std::get<wait_for_others>(next_step(list, "id-a")).reason, "");
}

TEST(first_servers, replicas_do_not_count_and_never_ask_but_stand_in_the_configuration) {
  auto replica = some_server("0", 9);
  (*replica.mutable_tags())["read_replica"] = "1";
  auto list = list_of({replica, some_server("a", 1), some_server("b", 2)});
  EXPECT_TRUE(asked_by(list, "id-a").empty());
  list.take(event(MemberEvent::JOINED, {some_server("c", 3)}));
  EXPECT_TRUE(asked_by(list, "id-0").empty());
  const auto asked = asked_by(list, "id-a");
  ASSERT_EQ(asked.size(), 4u);
  const auto outcome = outcome_of(asked, all_promise(asked), "id-a");
  int voters = 0;
  for (const auto& server : std::get<begin_with>(outcome).configuration.servers())
    voters += server.non_voter() ? 0 : 1;
  EXPECT_EQ(voters, 3);
}

TEST(first_servers, begin_once_all_have_promised) {
  const auto asked = asked_by(three, "id-a");
  auto answers = all_promise(asked);
  EXPECT_EQ(std::get<begin_with>(outcome_of(asked, answers, "id-a")).configuration.servers_size(),
            3);
  answers[2].granted = false;
  EXPECT_TRUE(std::holds_alternative<not_yet>(outcome_of(asked, answers, "id-a")));
  answers.pop_back();
  EXPECT_TRUE(std::holds_alternative<not_yet>(outcome_of(asked, answers, "id-a")));
}

TEST(first_servers, take_the_configuration_that_another_one_has_been_told) {
  const auto asked = asked_by(three, "id-a");
  auto answers = all_promise(asked);
  answers[1].granted = false;
  answers[1].configuration = configuration_of(three);
  const auto outcome = outcome_of(asked, answers, "id-a");
  EXPECT_EQ(std::get<begin_with>(outcome).configuration.SerializeAsString(),
            answers[1].configuration.SerializeAsString());
}

TEST(first_servers, leave_a_datacenter_alone_that_is_there) {
  const auto asked = asked_by(three, "id-a");
  auto answers = all_promise(asked);
  answers[1].granted = false;
  answers[1].has_log = true;
  answers[1].configuration = configuration_of(three);
  EXPECT_TRUE(std::holds_alternative<there_is_one>(outcome_of(asked, answers, "id-a")));
  answers[1].has_log = false;
  answers[1].configuration = configuration_of(list_of({some_server("b", 2)}));
  EXPECT_TRUE(std::holds_alternative<there_is_one>(outcome_of(asked, answers, "id-a")));
}

}  // namespace
}  // namespace troupe::actors::servers
