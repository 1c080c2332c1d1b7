#include <random>
#include <string>

#include <gtest/gtest.h>

#include "actors/gossip/wire/compressed.hpp"
#include "actors/gossip/wire/push_pull.hpp"
#include "actors/gossip/wire/stream_frame.hpp"
#include "messages/limits.hpp"
#include "tests/actors/gossip/wire/vectors.hpp"

namespace troupe::actors::gossip::wire {
namespace {

namespace limits = messages::limits;
using progress = stream_reader::progress;
using prng = std::mt19937_64;

std::string push_pull_of(std::size_t nodes, std::string_view user_state) {
  push_pull_writer out{{.join = true, .nodes = nodes, .user_state_bytes = user_state.size()}};
  for (std::size_t i = 0; i < nodes; ++i) {
    const std::string name = "node-" + std::to_string(i);
    const std::string meta(i % 200, 'm');
    out.add({name, at("10.0.0.1", 8301), meta, static_cast<std::uint32_t>(i),
             static_cast<node_state>(i % 4), versions{1, 5, 2, 2, 5, 4}});
  }
  return std::move(out).finish(user_state);
}

TEST(stream, of_any_settings_is_read_as_it_was_written_however_it_is_cut) {
  prng random{21};
  keyring ring = *keyring::make({std::string(32, 'k')});
  for (int round = 0; round < 300; ++round) {
    frame_settings settings;
    settings.compresses = random() % 2 == 0;
    settings.label = random() % 2 == 0 ? "blue" : "";
    settings.version = random() % 2 == 0 ? encryption_version::plain : encryption_version::padded;
    keyring* const used = random() % 2 == 0 ? &ring : nullptr;
    const auto side = random() % 2 == 0 ? stream_side::dialler : stream_side::answerer;
    const std::string state(random() % 500, 's');
    const std::string message =
        random() % 4 == 0 ? encode_user_stream(state) : push_pull_of(random() % 60, state);
    const auto bytes = encode_stream(settings, used, side, message);
    ASSERT_TRUE(bytes);
    const std::string wire = *bytes + (random() % 2 == 0 ? "rest" : "");

    stream_reader stream{settings, used, side};
    std::size_t seen = 0;
    progress now = progress::more;
    while (now == progress::more) {
      ASSERT_LT(seen, wire.size());
      const std::size_t step = 1 + random() % (1 + wire.size() / 3);
      now = stream.feed(std::string_view{wire}.substr(seen, step));
      seen += step;
    }
    ASSERT_EQ(now, progress::whole) << to_text(stream.why());
    ASSERT_EQ(static_cast<char>(stream.type()) + std::string{stream.body()}, message);
  }
}

TEST(stream, cut_off_anywhere_is_truncated) {
  const frame_settings settings;
  for (const char* name : {"v20", "v24"}) {
    const std::string& bytes = vector_bytes(name);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      stream_reader stream{settings, nullptr, stream_side::dialler};
      ASSERT_EQ(stream.feed(bytes.substr(0, length)), progress::more) << length;
      ASSERT_EQ(stream.end(), progress::failed);
      ASSERT_EQ(stream.why(), frame_error::truncated);
    }
  }
}

TEST(stream, that_says_it_is_too_large_is_refused_at_its_head) {
  keyring ring = *keyring::make({std::string(16, 'k')});
  stream_reader sealed{frame_settings{}, &ring, stream_side::dialler};
  EXPECT_EQ(sealed.feed(from_hex("0a01400001")), progress::failed);
  EXPECT_EQ(sealed.why(), frame_error::too_large);
  // 200,001 records.
  stream_reader crowd{frame_settings{}, nullptr, stream_side::dialler};
  EXPECT_EQ(crowd.feed(from_hex("0681a54e6f646573ce00030d41")), progress::failed);
  EXPECT_EQ(crowd.why(), frame_error::malformed);
}

TEST(stream, that_never_ends_is_refused_at_its_bound) {
  stream_reader stream{frame_settings{}, nullptr, stream_side::dialler};
  const std::string chunk(1 << 20, '\x01');
  // Bytes that are more than a stream may have.
  progress now = stream.feed(from_hex("02db01e00000"));
  std::size_t chunks = 0;
  for (; now == progress::more && chunks < 30; ++chunks)
    now = stream.feed(chunk);
  EXPECT_EQ(now, progress::failed);
  EXPECT_EQ(stream.why(), frame_error::too_large);
  EXPECT_LE(chunks, 21U);
}

TEST(stream, that_unpacks_to_too_much_is_refused) {
  std::string bomb;
  ASSERT_TRUE(pack_compressed(std::string(8 << 20, '\0'), 1 << 20, bomb));
  stream_reader stream{frame_settings{}, nullptr, stream_side::dialler};
  EXPECT_EQ(stream.feed(bomb), progress::failed);
  EXPECT_EQ(stream.why(), frame_error::too_large);
}

// What a receiver of ours would refuse is not sent.
TEST(stream, of_much_repetition_is_sent_so_that_it_is_taken) {
  const std::string message = encode_user_stream(std::string(8 << 20, '\0'));
  const frame_settings settings;
  const auto bytes = encode_stream(settings, nullptr, stream_side::dialler, message);
  ASSERT_TRUE(bytes);
  stream_reader stream{settings, nullptr, stream_side::dialler};
  EXPECT_EQ(stream.feed(*bytes), progress::whole);
  EXPECT_EQ(decode_user_stream(stream.body())->payload.size(), std::size_t{8} << 20);
}

TEST(stream, of_a_packets_layers_is_no_stream) {
  for (const char* first : {"01", "03", "07", "0b", "0c", "ff"}) {
    stream_reader stream{frame_settings{}, nullptr, stream_side::dialler};
    EXPECT_EQ(stream.feed(from_hex(first)), progress::failed);
    EXPECT_EQ(stream.why(), frame_error::unknown_type);
  }
}

TEST(push_pull, of_many_members_is_read_record_by_record) {
  const std::string message = push_pull_of(10'000, "state");
  auto in = push_pull_reader::open(std::string_view{message}.substr(1));
  ASSERT_TRUE(in);
  ASSERT_EQ(in->nodes(), 10'000U);
  std::size_t count = 0;
  while (const auto node = in->next()) {
    ASSERT_EQ(node->name, "node-" + std::to_string(count));
    ASSERT_EQ(node->incarnation, count);
    ASSERT_EQ(node->state, static_cast<node_state>(count % 4));
    ++count;
  }
  EXPECT_FALSE(in->failed());
  EXPECT_EQ(count, 10'000U);
  EXPECT_EQ(in->user_state(), "state");
}

TEST(push_pull, with_a_broken_record_fails_as_a_whole) {
  std::string message = push_pull_of(3, "");
  const std::size_t state = message.rfind("State") + 5;
  message[state] = 4;  // no such state
  auto in = push_pull_reader::open(std::string_view{message}.substr(1));
  ASSERT_TRUE(in);
  EXPECT_TRUE(in->next());
  EXPECT_TRUE(in->next());
  EXPECT_FALSE(in->next());
  EXPECT_TRUE(in->failed());
}

TEST(push_pull, with_bytes_turned_never_does_harm) {
  prng random{23};
  const std::string whole = push_pull_of(5, "state");
  for (int round = 0; round < 20'000; ++round) {
    std::string message = whole;
    message[1 + random() % (message.size() - 1)] = static_cast<char>(random());
    auto in = push_pull_reader::open(std::string_view{message}.substr(1));
    std::size_t count = 0;
    while (in && in->next())
      ++count;
    ASSERT_LE(count, limits::pool_members_max);
  }
}

}  // namespace
}  // namespace troupe::actors::gossip::wire
