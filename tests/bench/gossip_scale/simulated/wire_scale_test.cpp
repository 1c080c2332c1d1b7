// What a simulation's packets weigh.
#include "bench/gossip_scale/wire_scale.hpp"

#include <set>

#include <gtest/gtest.h>

#include "bench/gossip_scale/agent_words.hpp"
#include "bench/gossip_scale/gossip_world.hpp"

namespace troupe::gossip_scale {
namespace {

namespace wire = actors::gossip::wire;

TEST(agent_words, are_each_members_own_and_always_the_same) {
  std::set<std::string> ids;
  for (std::uint32_t i = 0; i < 100; ++i) {
    const auto tags = agent_tags(i);
    EXPECT_EQ(tags, agent_tags(i));
    EXPECT_EQ(tags.at("id").size(), 36U);
    ids.insert(tags.at("id"));
    EXPECT_NE(agent_coordinate(i), agent_coordinate(i + 1));
  }
  EXPECT_EQ(ids.size(), 100U);
}

class wire_scale_test : public testing::Test {
 protected:
  wire_scale_test() {
    for (std::uint32_t i = 0; i < 20; ++i) {
      const auto number = directory_.intern("member-" + std::to_string(i));
      identities_.push_back(directory_.intern_identity(
          *number, {.where = {}, .meta = wire::encode_tags(agent_tags(i))}));
    }
  }

  std::vector<swim::update> alive_of(std::uint32_t members) const {
    std::vector<swim::update> made;
    for (std::uint32_t i = 0; i < members; ++i)
      made.push_back({swim::update_kind::alive, {i}, {1}, swim::no_member, identities_[i]});
    return made;
  }

  // What an agent's writer makes of it.
  std::size_t packed(const std::vector<swim::update>& updates) const {
    wire::packet_writer writer({}, nullptr);
    writer.start();
    for (const auto& each : updates)
      actors::gossip::add_update(each, directory_, writer);
    return writer.finish({.checksum = true}).size();
  }

  swim::member_directory directory_{swim::member_directory::lifetime::keeps_all};
  std::vector<swim::identity_number> identities_;
};

TEST_F(wire_scale_test, of_many_alike_shows_so_many_times_one) {
  const auto updates = alive_of(5);
  wire_scale scale(directory_);
  EXPECT_EQ(scale.bytes(), 0U);
  for (int i = 0; i < 100; ++i)
    scale.put_packet({1}, {}, updates, 1000);
  EXPECT_EQ(scale.bytes(), 100 * packed(updates));
  EXPECT_LT(packed(updates), 700U);  // compressed
  scale.put_plain(50);
  EXPECT_EQ(scale.bytes(), 100 * packed(updates) + 50);
}

TEST_F(wire_scale_test, takes_the_size_of_those_it_did_not_pack_into_account) {
  const auto updates = alive_of(5);
  wire_scale scale(directory_);
  scale.put_packet({1}, {}, updates, 1000);
  scale.put_packet({1}, {}, updates, 3000);
  EXPECT_EQ(scale.bytes(), 4 * packed(updates));
}

TEST_F(wire_scale_test, weighs_push_pulls_by_their_own_measure) {
  wire_scale scale(directory_);
  scale.put_packet({1}, {}, alive_of(5), 1000);
  const auto before = scale.bytes();
  std::vector<swim::remote_record> records;
  for (std::uint32_t i = 0; i < 20; ++i)
    records.push_back({{i}, swim::member_state::alive, {1}, identities_[i]});
  scale.put_push_pull(records, 4000);
  // Of each member at least the id, and less than all it says.
  EXPECT_GT(scale.bytes() - before, 20 * 16U);
  EXPECT_LT(scale.bytes() - before, 4000U);
}

TEST(gossip_world, that_is_weighed_is_the_same_each_time) {
  const auto weigh = [] {
    world_options options;
    options.members = 32;
    options.as_agents = agent_release::today;
    gossip_world world(options);
    world.run_for(std::chrono::seconds{60});
    return world.total();
  };
  const auto total = weigh();
  EXPECT_EQ(total.wire_bytes, weigh().wire_bytes);
  EXPECT_GT(total.wire_bytes, 0U);
  EXPECT_LT(total.wire_bytes, total.packet_bytes_sent + total.stream_bytes);
}

}  // namespace
}  // namespace troupe::gossip_scale
