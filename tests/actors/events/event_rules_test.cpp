#include "actors/events/event_rules.hpp"

#include <gtest/gtest.h>

namespace troupe::actors::events {
namespace {

struct filters {
  std::string node;
  std::string service;
  std::string tag;
};

messages::AgentEvent event(const filters& given) {
  messages::AgentEvent made;
  made.set_name("deploy");
  made.set_version(event_version);
  made.set_node_filter(given.node);
  made.set_service_filter(given.service);
  made.set_tag_filter(given.tag);
  return made;
}

std::string refusal(const filters& given) {
  const auto valid = validate_event(event(given));
  return valid ? "" : valid.error().detail;
}

TEST(validate_event, says_what_consul_says) {
  EXPECT_EQ(refusal({}), "");
  EXPECT_EQ(refusal({.node = "n.*", .service = "web", .tag = "a|b"}), "");
  EXPECT_EQ(refusal({.node = "(", .service = "", .tag = ""}),
            "Invalid node filter: error parsing regexp: missing closing ): `(`");
  EXPECT_EQ(refusal({.node = "", .service = "(", .tag = ""}),
            "Invalid service filter: error parsing regexp: missing closing ): `(`");
  EXPECT_EQ(refusal({.node = "", .service = "web", .tag = "("}),
            "Invalid tag filter: error parsing regexp: missing closing ): `(`");
  EXPECT_EQ(refusal({.node = "", .service = "", .tag = "a"}),
            "Cannot provide tag filter without service filter");
  EXPECT_EQ(validate_event({}).error().detail, "User event missing name");
}

bool is_meant(const filters& given) {
  messages::LocalServices services;
  auto& web = (*services.mutable_services())["web-1"];
  web.set_service("web");
  web.add_tags("primary");
  (*services.mutable_services())["db-1"].set_service("db");
  return is_meant_for(event(given), "node-7", services);
}

TEST(is_meant_for, a_node_by_its_name_anywhere_in_it) {
  EXPECT_TRUE(is_meant({}));
  EXPECT_TRUE(is_meant({.node = "ode", .service = "", .tag = ""}));
  EXPECT_TRUE(is_meant({.node = "^node-[0-9]$", .service = "", .tag = ""}));
  EXPECT_FALSE(is_meant({.node = "^ode", .service = "", .tag = ""}));
}

TEST(is_meant_for, a_service_and_the_tag_of_that_same_service) {
  EXPECT_TRUE(is_meant({.node = "", .service = "web", .tag = ""}));
  EXPECT_FALSE(is_meant({.node = "", .service = "cache", .tag = ""}));
  EXPECT_TRUE(is_meant({.node = "", .service = "web", .tag = "prim"}));
  EXPECT_FALSE(is_meant({.node = "", .service = "web", .tag = "second"}));
  EXPECT_FALSE(is_meant({.node = "", .service = "db", .tag = "primary"}));
  EXPECT_FALSE(is_meant({.node = "other", .service = "web", .tag = ""}));
}

TEST(is_meant_for, nobody_if_a_filter_cannot_be_read_or_the_version_is_newer) {
  EXPECT_FALSE(is_meant({.node = "(", .service = "", .tag = ""}));
  EXPECT_FALSE(is_meant({.node = "", .service = "(", .tag = ""}));
  EXPECT_FALSE(is_meant({.node = "", .service = "web", .tag = "("}));
  auto newer = event({});
  newer.set_version(event_version + 1);
  EXPECT_FALSE(is_meant_for(newer, "node-7", {}));
}

}  // namespace
}  // namespace troupe::actors::events
