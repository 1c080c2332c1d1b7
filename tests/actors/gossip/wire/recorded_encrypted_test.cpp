#include <string>

#include <gtest/gtest.h>

#include "actors/gossip/wire/packet_reader.hpp"
#include "actors/gossip/wire/packet_writer.hpp"
#include "actors/gossip/wire/push_pull.hpp"
#include "actors/gossip/wire/serf_messages.hpp"
#include "actors/gossip/wire/stream_frame.hpp"
#include "tests/actors/gossip/wire/vectors.hpp"

namespace troupe::actors::gossip::wire {
namespace {

keyring ring_of_sevens() {
  return *keyring::make({std::string(16, '\x07')});
}

// What the ring gives for a recorded packet, the label off.
std::string opened(keyring& ring, std::string_view sealed, keyring::additional_data data) {
  std::string plain;
  EXPECT_TRUE(ring.open(sealed, data, plain));
  return plain;
}

struct recorded_case {
  const char* name;
  const char* label;
  encryption_version version;
  std::size_t messages;
};

class encrypted_packet : public testing::TestWithParam<recorded_case> {};

TEST_P(encrypted_packet, opens_and_what_we_seal_opens_to_the_same) {
  keyring ring = ring_of_sevens();
  const std::string& bytes = vector_bytes(GetParam().name);
  const std::string& plain = vector_bytes(GetParam().name + std::string{"_plain"});
  const std::string_view label = GetParam().label;
  const std::string_view sealed =
      std::string_view{bytes}.substr(label.empty() ? 0 : label.size() + 2);
  EXPECT_EQ(opened(ring, sealed, {label}), plain);

  std::string again;
  EXPECT_TRUE(ring.seal(GetParam().version, plain, {label}, again));
  EXPECT_EQ(again.size(), sealed.size());
  EXPECT_EQ(again.front(), sealed.front());
  EXPECT_EQ(opened(ring, again, {label}), plain);

  frame_settings settings;
  settings.label = label;
  packet_reader reader{settings, &ring};
  const packet found = reader.read(bytes);
  EXPECT_EQ(found.why, frame_error::none);
  EXPECT_EQ(found.messages.size(), GetParam().messages);
}

INSTANTIATE_TEST_SUITE_P(all, encrypted_packet,
                         testing::Values(recorded_case{"v16", "", encryption_version::plain, 1},
                                         recorded_case{"v17", "", encryption_version::padded, 2},
                                         recorded_case{"v18", "blue", encryption_version::plain,
                                                       2}),
                         [](const auto& one) { return one.param.name; });

TEST(encrypted_packets, is_refused_with_another_key_or_label_or_a_bit_turned) {
  keyring other = *keyring::make({std::string(32, '\x08')});
  packet_reader reader{frame_settings{}, &other};
  EXPECT_EQ(reader.read(vector_bytes("v16")).why, frame_error::undecryptable);
  EXPECT_EQ(reader.read(vector_bytes("v1")).why, frame_error::undecryptable);

  keyring ring = ring_of_sevens();
  std::string plain;
  EXPECT_FALSE(ring.open(vector_bytes("v16"), {"blue"}, plain));
  EXPECT_TRUE(plain.empty());
  for (std::size_t i = 0; i < vector_bytes("v16").size(); ++i) {
    std::string turned = vector_bytes("v16");
    turned[i] = static_cast<char>(turned[i] ^ 1);
    EXPECT_FALSE(ring.open(turned, {}, plain)) << i;
  }
}

TEST(encrypted_packets, may_be_in_the_clear_while_incoming_is_not_verified) {
  keyring ring = ring_of_sevens();
  frame_settings settings;
  settings.verifies_incoming = false;
  packet_reader reader{settings, &ring};
  EXPECT_EQ(reader.read(vector_bytes("v1")).messages.size(), 1U);
  EXPECT_EQ(reader.read(vector_bytes("v16")).messages.size(), 1U);
}

// -- streams -------------------------------------------------------------------

// Fed at once, and byte by byte.
void expect_stream(const std::string& bytes, stream_reader& at_once, stream_reader& by_byte) {
  EXPECT_EQ(at_once.feed(bytes), stream_reader::progress::whole) << to_text(at_once.why());
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i)
    ASSERT_EQ(by_byte.feed(bytes.substr(i, 1)), stream_reader::progress::more) << i;
  EXPECT_EQ(by_byte.feed(bytes.substr(bytes.size() - 1)), stream_reader::progress::whole);
  EXPECT_EQ(at_once.body(), by_byte.body());
  EXPECT_EQ(at_once.type(), by_byte.type());
}

TEST(recorded_stream, v20_is_a_push_pull_in_the_clear) {
  frame_settings settings;
  settings.label = "blue";  // the answer comes without it
  stream_reader stream{settings, nullptr, stream_side::answerer};
  stream_reader second{settings, nullptr, stream_side::answerer};
  expect_stream(vector_bytes("v20"), stream, second);
  ASSERT_EQ(stream.type(), message_type::push_pull);
  auto in = push_pull_reader::open(stream.body());
  ASSERT_TRUE(in);
  EXPECT_TRUE(in->is_join());
  EXPECT_EQ(in->nodes(), 1U);
  const auto node = in->next();
  ASSERT_TRUE(node);
  EXPECT_EQ(*node, (push_pull_node{"g1", at("127.0.6.1", 7946), "", 1, node_state::alive,
                                   versions{1, 5, 5, 0, 0, 0}}));
  EXPECT_FALSE(in->next());
  EXPECT_FALSE(in->failed());
  EXPECT_EQ(in->user_state(), "");

  push_pull_writer out{{.join = true, .nodes = 1, .user_state_bytes = 0}};
  out.add(*node);
  const std::string message = std::move(out).finish("");
  settings.compresses = false;
  EXPECT_EQ(*encode_stream(settings, nullptr, stream_side::answerer, message), vector_bytes("v20"));
}

TEST(recorded_stream, v21_is_a_push_pull_of_serf_compressed_as_we_compress) {
  const frame_settings settings;
  stream_reader stream{settings, nullptr, stream_side::answerer};
  stream_reader second{settings, nullptr, stream_side::answerer};
  expect_stream(vector_bytes("v21"), stream, second);
  const std::string message = "\x06" + std::string{stream.body()};
  EXPECT_EQ(message.size(), 807U);
  EXPECT_TRUE(message.starts_with(vector_bytes("v21_begin")));
  EXPECT_TRUE(message.ends_with(vector_bytes("v21_end")));
  EXPECT_EQ(*encode_stream(settings, nullptr, stream_side::answerer, message), vector_bytes("v21"));

  auto in = push_pull_reader::open(stream.body());
  ASSERT_TRUE(in);
  EXPECT_EQ(in->next()->name, "s2");
  EXPECT_EQ(in->next()->name, "s1");
  ASSERT_EQ(in->user_state().size(), 634U);
  const auto state = decode_push_pull_state(in->user_state().substr(1));
  ASSERT_TRUE(state);
  EXPECT_EQ(state->event_ltime, 2U);
  EXPECT_EQ(state->ltime, 3U);
  EXPECT_EQ(state->query_ltime, 2U);
  EXPECT_TRUE(state->left_members.empty());
  EXPECT_EQ(state->events, (std::vector<event_slot>{{1, {{"deploy", "v1"}}}}));
  using status = std::pair<std::string_view, std::uint64_t>;
  EXPECT_EQ(state->status_ltimes, (std::vector<status>{{"s1", 0}, {"py1", 1}, {"s2", 2}}));
  const std::string again = encode(*state);
  EXPECT_EQ(decode_push_pull_state(std::string_view{again}.substr(1)), state);
}

TEST(recorded_stream, v22_is_encrypted_with_a_label) {
  keyring ring = ring_of_sevens();
  frame_settings settings;
  settings.label = "blue";
  stream_reader stream{settings, &ring, stream_side::answerer};
  stream_reader second{settings, &ring, stream_side::answerer};
  expect_stream(vector_bytes("v22"), stream, second);
  EXPECT_EQ("\x06" + std::string{stream.body()}, vector_bytes("v22_unpacked"));
  EXPECT_EQ(opened(ring, vector_bytes("v22").substr(5), {vector_bytes("v22").substr(0, 5), "blue"}),
            vector_bytes("v22_plain"));

  const auto ours =
      encode_stream(settings, &ring, stream_side::answerer, vector_bytes("v22_unpacked"));
  EXPECT_EQ(ours->substr(0, 6), vector_bytes("v22").substr(0, 6));
  EXPECT_EQ(opened(ring, ours->substr(5), {ours->substr(0, 5), "blue"}), vector_bytes("v22_plain"));
}

TEST(recorded_stream, v23_is_encrypted_and_padded) {
  keyring ring = ring_of_sevens();
  frame_settings settings;
  settings.version = encryption_version::padded;
  stream_reader stream{settings, &ring, stream_side::answerer};
  stream_reader second{settings, &ring, stream_side::answerer};
  expect_stream(vector_bytes("v23"), stream, second);
  EXPECT_EQ(stream.type(), message_type::push_pull);
  const auto ours =
      encode_stream(settings, &ring, stream_side::answerer, "\x06" + std::string{stream.body()});
  EXPECT_EQ(ours->size(), vector_bytes("v23").size());
  EXPECT_EQ(opened(ring, ours->substr(5), {ours->substr(0, 5)}), vector_bytes("v23_plain"));
}

TEST(recorded_stream, v24_is_a_ping_and_is_answered) {
  const frame_settings settings;
  stream_reader stream{settings, nullptr, stream_side::dialler};
  stream_reader second{settings, nullptr, stream_side::dialler};
  expect_stream(vector_bytes("v24"), stream, second);
  const auto found = decode_ping(stream.body());
  EXPECT_EQ(*found, (ping{116, "pyR", "s2", at("127.0.9.2", 7946)}));
  std::string message;
  encode(*found, message);
  EXPECT_EQ(message, vector_bytes("v24_unpacked"));
  EXPECT_EQ(*encode_stream(settings, nullptr, stream_side::dialler, message), vector_bytes("v24"));
}

TEST(recorded_stream, encryption_must_be_on_at_both_ends_or_at_none) {
  keyring ring = ring_of_sevens();
  const frame_settings settings;
  stream_reader plain_to_ring{settings, &ring, stream_side::dialler};
  EXPECT_EQ(plain_to_ring.feed(vector_bytes("v24")), stream_reader::progress::failed);
  EXPECT_EQ(plain_to_ring.why(), frame_error::unencrypted);
  stream_reader sealed_to_none{settings, nullptr, stream_side::dialler};
  EXPECT_EQ(sealed_to_none.feed(vector_bytes("v23")), stream_reader::progress::failed);
  EXPECT_EQ(sealed_to_none.why(), frame_error::unexpected_encryption);
}

}  // namespace
}  // namespace troupe::actors::gossip::wire
