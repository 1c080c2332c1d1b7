#include "actors/health/check_alias.hpp"

#include <gtest/gtest.h>

namespace troupe::actors {
namespace {

struct one_check {
  const char* name;
  const char* service_id;
  const char* status;
  const char* output = "";
  const char* node = "n1";
};

messages::HealthChecks checks_of(std::initializer_list<one_check> list) {
  messages::HealthChecks made;
  for (const auto& each : list) {
    auto& check = *made.add_checks();
    check.set_name(each.name);
    check.set_service_id(each.service_id);
    check.set_status(each.status);
    check.set_output(each.output);
    check.set_node(each.node);
  }
  return made;
}

check_result seen(std::initializer_list<one_check> list, const alias_target& target = {"", "web"}) {
  return evaluate_alias(target, {checks_of(list).checks(), false});
}

TEST(check_alias, takes_the_worst_of_the_service_and_its_node) {
  EXPECT_EQ(seen({{"a", "web", "passing"}, {"b", "", "passing"}}),
            (check_result{check_status::passing, "All checks passing."}));
  EXPECT_EQ(seen({{"a", "web", "warning", "slow"}, {"b", "web", "passing"}}),
            (check_result{check_status::warning, "Aliased check \"a\" failing: slow"}));
  EXPECT_EQ(seen({{"a", "web", "warning"}, {"b", "", "critical", "gone"}}),
            (check_result{check_status::critical, "Aliased check \"b\" failing: gone"}));
}

TEST(check_alias, passes_over_other_services_and_other_nodes) {
  EXPECT_EQ(seen({{"a", "db", "critical"}}),
            (check_result{check_status::passing, "No checks found."}));
  EXPECT_EQ(seen({{"a", "web", "critical", "x", "n2"}}, {"n1", "web"}).status,
            check_status::passing);
}

TEST(check_alias, is_critical_for_a_service_that_is_not_there) {
  const auto none = checks_of({});
  EXPECT_EQ(evaluate_alias({"n1", "web"}, {none.checks(), true}),
            (check_result{check_status::critical, "Service web could not be found on node n1"}));
}

}  // namespace
}  // namespace troupe::actors
