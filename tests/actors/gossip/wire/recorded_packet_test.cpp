#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actors/gossip/wire/consul_event.hpp"
#include "actors/gossip/wire/coordinate_payload.hpp"
#include "actors/gossip/wire/packet_reader.hpp"
#include "actors/gossip/wire/packet_writer.hpp"
#include "actors/gossip/wire/serf_messages.hpp"
#include "actors/gossip/wire/tags.hpp"
#include "tests/actors/gossip/wire/vectors.hpp"

namespace troupe::actors::gossip::wire {
namespace {

constexpr versions serf_versions{1, 5, 2, 2, 5, 5};
constexpr versions consul_versions{1, 5, 2, 2, 5, 4};

class recorded_packet : public testing::Test {
 protected:
  std::vector<packet_message> read(const std::string& name) {
    const packet found = reader_.read(vector_bytes(name));
    EXPECT_EQ(found.why, frame_error::none) << to_text(found.why);
    EXPECT_EQ(found.dropped, 0U);
    return {found.messages.begin(), found.messages.end()};
  }
  template <class Message>
  Message read_one(const std::string& name) {
    const auto found = read(name);
    EXPECT_EQ(found.size(), 1U);
    return std::get<Message>(found.at(0));
  }
  // Written again by us, without compression.
  std::string write(const std::vector<packet_message>& messages, bool checksum = false) {
    frame_settings settings;
    settings.compresses = false;
    packet_writer writer{settings, nullptr};
    writer.start();
    for (const packet_message& message : messages)
      EXPECT_TRUE(writer.add(message));
    return std::string{writer.finish({.checksum = checksum})};
  }
  // The serf message in the recorded packet of one user message.
  serf_message read_serf(const std::string& name, serf_type type) {
    const auto message = split_serf_message(read_one<user>(name).payload);
    EXPECT_EQ(message->type, static_cast<std::uint8_t>(type));
    return *message;
  }
  std::string write_serf(const std::string& encoded, bool checksum = false) {
    return write({user{encoded}}, checksum);
  }

  packet_reader reader_{frame_settings{}, nullptr};
};

TEST_F(recorded_packet, v1_is_a_ping_of_serf) {
  const auto found = read_one<ping>("v1");
  EXPECT_EQ(found, (ping{2, "pyA", "s2", at("127.0.9.2", 7946)}));
  EXPECT_EQ(write({found}), vector_bytes("v1"));
}

TEST_F(recorded_packet, v2_is_an_ack_with_a_coordinate) {
  const auto found = read_one<ack>("v2");
  EXPECT_EQ(found.sequence_number, 29104U);
  EXPECT_EQ(found.payload.size(), 130U);
  const auto where = decode_coordinate(found.payload);
  ASSERT_TRUE(where);
  EXPECT_EQ(where->adjustment, 7.214696978714177e-05);
  EXPECT_EQ(where->error, 0.9784716710194445);
  EXPECT_EQ(where->height, 7.346611389131975e-05);
  EXPECT_EQ(where->vec[0], 0.00015379635974368194);
  EXPECT_EQ(where->vec[7], -0.00016510962408260307);
  EXPECT_EQ(encode(*where), found.payload);
  EXPECT_EQ(write({found}), vector_bytes("v2"));
}

TEST_F(recorded_packet, v3_is_a_compound_of_an_ack_and_a_suspicion) {
  const auto found = read("v3");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0], packet_message(ack{29127, ""}));
  EXPECT_EQ(found[1], packet_message(suspect{1, "s2", "pyA"}));
  EXPECT_EQ(write(found), vector_bytes("v3"));
}

TEST_F(recorded_packet, v4_is_an_alive_behind_a_checksum) {
  const auto found = read_one<alive>("v4");
  EXPECT_EQ(found.node, "pyA");
  EXPECT_EQ(found.incarnation, 1U);
  EXPECT_EQ(found.where, at("127.0.9.11", 7946));
  EXPECT_EQ(found.speaks, serf_versions);
  const auto tags = decode_tags(found.meta);
  EXPECT_EQ(*tags, (tag_map{{"hello", "world"}, {"role", "test"}}));
  EXPECT_EQ(decode_tags(encode_tags(*tags)), tags);
  EXPECT_EQ(write({found}, true), vector_bytes("v4"));
}

TEST_F(recorded_packet, v5_is_an_alive_and_a_join_intent) {
  const auto found = read("v5");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(std::get<alive>(found[0]).node, "pyA");
  const auto payload = std::get<user>(found[1]).payload;
  const auto intent = decode_join_intent(split_serf_message(payload)->body);
  EXPECT_EQ(*intent, (join_intent{3, "pyA"}));
  EXPECT_EQ(encode(*intent), payload);
  EXPECT_EQ(write(found, true), vector_bytes("v5"));
}

TEST_F(recorded_packet, v6_is_an_indirect_ping) {
  const auto found = read_one<indirect_ping>("v6");
  EXPECT_EQ(found,
            (indirect_ping{91, "pyQ", at("127.0.9.22", 7946), true, "s2", at("127.0.9.2", 7946)}));
  EXPECT_EQ(write({found}), vector_bytes("v6"));
}

TEST_F(recorded_packet, v7_is_a_nack) {
  EXPECT_EQ(read_one<nack>("v7"), nack{45846});
  EXPECT_EQ(write({nack{45846}}), vector_bytes("v7"));
}

TEST_F(recorded_packet, v8_is_a_leave) {
  EXPECT_EQ(read_one<dead>("v8"), (dead{1, "g1", "g1"}));
  EXPECT_EQ(write({dead{1, "g1", "g1"}}), vector_bytes("v8"));
}

TEST_F(recorded_packet, v9_is_a_leave_intent) {
  const auto found = decode_leave_intent(read_serf("v9", serf_type::leave_intent).body);
  EXPECT_EQ(*found, (leave_intent{3, "pyB", false}));
  EXPECT_EQ(write_serf(encode(*found)), vector_bytes("v9"));
}

TEST_F(recorded_packet, v10_is_a_user_event_of_consul) {
  const auto found = decode_user_event(read_serf("v10", serf_type::user_event).body);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->ltime, 2U);
  EXPECT_EQ(found->name, "consul:event:deploy");
  EXPECT_FALSE(found->coalesces);
  EXPECT_EQ(found->payload.size(), 67U);
  const auto event = decode_consul_event(found->payload);
  EXPECT_EQ(*event, (consul_event{.id = "5053c74b-f6d2-7459-c99a-e2621210d4a6",
                                  .name = "deploy",
                                  .node_filter = "py",
                                  .service_filter = "",
                                  .tag_filter = "",
                                  .payload = "pay"}));
  EXPECT_EQ(encode(*event), found->payload);
  EXPECT_EQ(write_serf(encode(*found), true), vector_bytes("v10"));
}

TEST_F(recorded_packet, v11_is_a_query_of_consul_whose_timeout_is_signed) {
  const auto found = decode_query(read_serf("v11", serf_type::query).body);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "_serf_list-keys");
  EXPECT_EQ(found->ltime, 2U);
  EXPECT_EQ(found->flags, 0U);
  EXPECT_EQ(found->id, 0x04a86808U);
  EXPECT_EQ(found->timeout_ns, 1'600'000'000);
  EXPECT_EQ(found->source, at("127.0.7.1", 8301));
  EXPECT_EQ(found->source_node, "c1");
  EXPECT_TRUE(found->filters.empty());
  EXPECT_EQ(decode_key_request(split_serf_message(found->payload)->body)->key, "");
  EXPECT_EQ(encode(key_request{}), found->payload);
  // Ours is the unsigned family, which differs in one byte of the timeout.
  std::string again = "\x08" + encode(*found);
  again[again.size() - 5] = '\xd2';
  EXPECT_EQ(again, vector_bytes("v11").substr(5));
}

TEST_F(recorded_packet, v12_is_a_query_with_filters_that_wants_an_ack) {
  const auto found = decode_query(read_serf("v12", serf_type::query).body);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "askfilt");
  EXPECT_EQ(found->payload, "what");
  EXPECT_EQ(found->flags, query_flag_ack);
  EXPECT_EQ(found->timeout_ns, 3'200'000'000);
  ASSERT_EQ(found->filters.size(), 2U);
  const auto nodes = decode_node_filter(found->filters[0].substr(1));
  EXPECT_EQ(nodes->nodes, std::vector<std::string_view>{"pyA"});
  EXPECT_EQ(encode(*nodes), found->filters[0]);
  const auto tag = decode_tag_filter(found->filters[1].substr(1));
  EXPECT_EQ(tag->tag, "role");
  EXPECT_EQ(tag->expression, "te.*");
  EXPECT_EQ(encode(*tag), found->filters[1]);
  EXPECT_EQ(write_serf(encode(*found)), vector_bytes("v12"));
}

TEST_F(recorded_packet, v13_is_an_ack_of_a_query) {
  const auto found = decode_query_response(read_serf("v13", serf_type::query_response).body);
  EXPECT_EQ(*found, (query_response{2, 238033776, "s2", response_flag_ack, ""}));
  EXPECT_EQ(write_serf(encode(*found)), vector_bytes("v13"));
}

TEST_F(recorded_packet, v14_is_a_relayed_response) {
  const auto found = decode_relay(read_serf("v14", serf_type::relay).body);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->to, at("127.0.9.11", 7946));
  EXPECT_EQ(found->name, "pyA");
  const auto inner = split_serf_message(found->message);
  EXPECT_EQ(inner->type, static_cast<std::uint8_t>(serf_type::query_response));
  const auto response = decode_query_response(inner->body);
  EXPECT_EQ(*response, (query_response{3, 0x5bae2ce4, "s2", response_flag_ack, ""}));
  EXPECT_EQ(encode(*response), found->message);
  EXPECT_EQ(write_serf(encode(*found)), vector_bytes("v14"));
}

TEST_F(recorded_packet, v15_is_compressed_as_we_compress) {
  const auto found = read("v15");
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(std::get<ping>(found[0]).node, "pyC");
  const auto& server = std::get<alive>(found[1]);
  EXPECT_EQ(server.speaks, consul_versions);
  EXPECT_EQ(server.where, at("127.0.7.1", 8301));
  EXPECT_EQ(decode_tags(server.meta)->at("id"), "94bad917-250a-79eb-b911-faa6d5f65424");
  EXPECT_EQ(decode_tags(server.meta)->size(), 16U);
  EXPECT_EQ(std::get<alive>(found[2]).node, "pyC");
  EXPECT_EQ(decode_user_event(split_serf_message(std::get<user>(found[3]).payload)->body)->name,
            "consul:new-leader");
  EXPECT_EQ(write(found), vector_bytes("v15_plain"));

  packet_writer writer{frame_settings{}, nullptr};
  for (const packet_message& message : found)
    EXPECT_TRUE(writer.add(message));
  EXPECT_EQ(writer.finish({}), vector_bytes("v15"));
}

TEST_F(recorded_packet, v19_is_labelled_and_in_the_clear) {
  const std::string& bytes = vector_bytes("v19");
  EXPECT_EQ(reader_.read(bytes).why, frame_error::bad_label);
  frame_settings settings;
  settings.label = "green";
  EXPECT_EQ(packet_reader(settings, nullptr).read(bytes).why, frame_error::bad_label);
  settings.label = "blue";
  settings.compresses = false;
  packet_reader reader{settings, nullptr};
  const packet found = reader.read(bytes);
  ASSERT_EQ(found.messages.size(), 2U);
  const auto& second = std::get<alive>(found.messages[1]);
  EXPECT_EQ(second.meta, "");
  EXPECT_EQ(second.speaks, (versions{1, 5, 5, 0, 0, 0}));

  packet_writer writer{settings, nullptr};
  for (const packet_message& message : found.messages)
    EXPECT_TRUE(writer.add(message));
  EXPECT_EQ(writer.finish({.checksum = true}), bytes);
}

TEST_F(recorded_packet, v25_installs_a_key) {
  const auto message = split_serf_message(vector_bytes("v25"));
  const auto found = decode_query(message->body);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "_serf_install-key");
  const auto request = decode_key_request(split_serf_message(found->payload)->body);
  ASSERT_EQ(request->key.size(), 32U);
  EXPECT_EQ(request->key.back(), '\x1f');
  EXPECT_EQ(encode(*request), found->payload);
  EXPECT_EQ(encode(*found), vector_bytes("v25"));
}

}  // namespace
}  // namespace troupe::actors::gossip::wire
