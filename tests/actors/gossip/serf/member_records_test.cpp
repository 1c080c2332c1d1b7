#include "actors/gossip/serf/member_records.hpp"

#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace troupe::actors::gossip::serf {
namespace {

struct record {
  std::string text;
  int value = 0;

  const std::string& name() const { return text; }
};

TEST(member_records, hold_what_a_map_holds_whatever_comes_and_goes) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random{seed};
    member_records<record> records;
    std::map<std::string, int> model;
    for (int step = 0; step < 2000; ++step) {
      const auto name = "m" + std::to_string(random() % 200);
      if (random() % 3 == 0) {
        records.erase(name);
        model.erase(name);
      } else if (auto* known = records.find(name)) {
        known->value = model[name] = step;
      } else {
        records.add({name, step});
        model[name] = step;
      }
      ASSERT_EQ(records.size(), model.size());
      for (const auto& [key, value] : model) {
        const auto* found = records.find(key);
        ASSERT_NE(found, nullptr) << "seed " << seed << " step " << step << " " << key;
        ASSERT_EQ(found->value, value);
      }
    }
    std::map<std::string, int> seen;
    for (const auto& each : records)
      seen.emplace(each.text, each.value);
    EXPECT_EQ(seen, model);
  }
}

TEST(member_records, know_nobody_at_first) {
  member_records<record> records;
  EXPECT_EQ(records.find("m1"), nullptr);
  records.erase("m1");
  EXPECT_EQ(records.size(), 0U);
}

}  // namespace
}  // namespace troupe::actors::gossip::serf
