#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actors/gossip/swim/encoded_size.hpp"
#include "actors/gossip/wire/big_endian.hpp"
#include "actors/gossip/wire/compressed.hpp"
#include "actors/gossip/wire/packet_reader.hpp"
#include "actors/gossip/wire/packet_writer.hpp"
#include "actors/gossip/wire/push_pull.hpp"
#include "messages/limits.hpp"
#include "tests/actors/gossip/wire/vectors.hpp"

namespace troupe::actors::gossip::wire {
namespace {

namespace limits = messages::limits;
using prng = std::mt19937_64;

// Owns what the messages made by it point to.
class message_maker {
 public:
  explicit message_maker(prng& random) : random_(random) {}

  packet_message make() {
    switch (random_() % 8) {
      case 0:
        return ping{number(), text(60), text(60), where()};
      case 1:
        return indirect_ping{number(), text(60), where(), random_() % 2 == 0, text(60), where()};
      case 2:
        return ack{number(), text(150)};
      case 3:
        return nack{number()};
      case 4:
        return suspect{number(), text(60), text(60)};
      case 5:
        return dead{number(), text(60), text(60)};
      case 6:
        return user{text(300)};
      default:
        return alive{number(), text(60), where(), text(512), spoken()};
    }
  }

 private:
  std::uint32_t number() { return static_cast<std::uint32_t>(random_() >> (32 + random_() % 32)); }
  std::string_view text(std::size_t max) {
    std::string& made = texts_.emplace_back(random_() % (max + 1), '\0');
    for (char& byte : made)
      byte = static_cast<char>(random_());
    return made;
  }
  endpoint where() {
    const std::string_view bytes = text(16);
    return {ip_address::from_bytes(bytes), static_cast<std::uint16_t>(random_())};
  }
  std::optional<versions> spoken() {
    if (random_() % 4 == 0)
      return std::nullopt;
    return versions{1, 5, 2, static_cast<std::uint8_t>(random_()), 5, 4};
  }

  prng& random_;
  std::deque<std::string> texts_;
};

frame_settings random_settings(prng& random) {
  frame_settings settings;
  settings.compresses = random() % 2 == 0;
  settings.label = std::string(random() % 3 == 0 ? random() % 256 : 0, 'l');
  settings.version = random() % 2 == 0 ? encryption_version::plain : encryption_version::padded;
  return settings;
}

TEST(packet, of_any_messages_and_settings_is_read_as_it_was_written) {
  prng random{12};
  keyring ring = *keyring::make({std::string(24, 'k'), std::string(16, 'o')});
  for (int round = 0; round < 3000; ++round) {
    const frame_settings settings = random_settings(random);
    keyring* const used = random() % 2 == 0 ? &ring : nullptr;
    packet_writer writer{settings, used};
    message_maker maker{random};
    std::vector<packet_message> written;
    for (std::size_t tries = random() % 30 + 1; tries > 0; --tries) {
      const packet_message message = maker.make();
      const bool fits = written.empty() || encoded_size(message) + 2 <= writer.room();
      ASSERT_EQ(writer.add(message), fits);
      if (fits)
        written.push_back(message);
    }
    const bool checksum = random() % 2 == 0;
    const std::string bytes{writer.finish({.checksum = checksum})};
    ASSERT_LE(bytes.size(), settings.packet_bytes_max + 7) << "the checksum is not in the budget";
    packet_reader reader{settings, used};
    const packet found = reader.read(bytes);
    ASSERT_EQ(found.why, frame_error::none);
    ASSERT_EQ(found.dropped, 0U);
    ASSERT_EQ((std::vector<packet_message>{found.messages.begin(), found.messages.end()}), written);
  }
}

TEST(packet, sizes_are_known_before_anything_is_encoded) {
  prng random{13};
  for (int round = 0; round < 5000; ++round) {
    message_maker maker{random};
    const packet_message message = maker.make();
    std::string bytes;
    encode(message, bytes);
    ASSERT_EQ(encoded_size(message), bytes.size());
  }
}

std::size_t record_bytes(const push_pull_node& node) {
  push_pull_writer with{{.nodes = 1}};
  with.add(node);
  return std::move(with).finish({}).size() - push_pull_writer{{.nodes = 0}}.finish({}).size();
}

// swim_core fills packets by this arithmetic.
TEST(packet, sizes_agree_with_the_failure_detectors_arithmetic) {
  prng random{14};
  for (int round = 0; round < 2000; ++round) {
    const std::string name(1 + random() % 300, 'n');
    const std::string other(1 + random() % 40, 'o');
    const std::string meta(random() % 513, 'm');
    const auto number = static_cast<std::uint32_t>(random() >> (32 + random() % 32));
    const auto port = static_cast<std::uint16_t>(1 + random() % 65'535);
    const endpoint where = at(random() % 2 == 0 ? "10.1.2.3" : "fd00::7", port);
    const std::size_t address = where.address.bytes().size();
    const swim::ping_lengths lengths{name.size(), other.size(), address};
    ASSERT_EQ(swim::ping_bytes(lengths, number, port),
              encoded_size(ping{number, name, other, where}));
    ASSERT_EQ(swim::indirect_ping_bytes(lengths, number, port, address, port),
              encoded_size(indirect_ping{number, name, where, true, other, where}));
    ASSERT_EQ(swim::ack_bytes(number, meta.size()), encoded_size(ack{number, meta}));
    ASSERT_EQ(swim::nack_bytes(number), encoded_size(nack{number}));
    ASSERT_EQ(swim::accusation_bytes(other.size(), name.size(), number),
              encoded_size(suspect{number, name, other}));
    ASSERT_EQ(swim::accusation_bytes(other.size(), name.size(), number),
              encoded_size(dead{number, name, other}));
    ASSERT_EQ(swim::alive_bytes(name.size(), address, meta.size(), port) + swim::uint_bytes(number),
              encoded_size(alive{number, name, where, meta, versions{}}));
    ASSERT_EQ(
        swim::push_pull_record_bytes(swim::alive_bytes(name.size(), address, meta.size(), port)) +
            swim::uint_bytes(number),
        record_bytes({name, where, meta, number, node_state::dead, versions{}}));
  }
}

TEST(packet, is_compressed_only_if_that_is_smaller) {
  packet_writer writer{frame_settings{}, nullptr};
  writer.add(nack{1});
  EXPECT_EQ(writer.finish({}).front(), '\x0b');
  writer.start();
  const std::string repeated(1000, 'a');
  writer.add(user{repeated});
  const std::string_view bytes = writer.finish({});
  EXPECT_EQ(bytes.front(), '\x09');
  EXPECT_LT(bytes.size(), 200U);
}

TEST(packet, filled_beyond_its_budget_goes_whole_or_in_parts) {
  const frame_settings settings;
  packet_writer writer{settings, nullptr};
  writer.start(2 * settings.packet_bytes_max);
  const std::string text(100, 'a');
  std::size_t added = 0;
  while (writer.add(user{text}))
    ++added;
  EXPECT_GT(writer.bytes(), 2 * settings.packet_bytes_max);
  EXPECT_EQ(writer.size(), added);
  const std::string whole{writer.finish({})};
  EXPECT_LE(whole.size(), settings.packet_bytes_max);
  packet_reader reader{settings, nullptr};
  EXPECT_EQ(reader.read(whole).messages.size(), added);

  const std::string first{writer.finish({}, {.first = 0, .count = 3})};
  EXPECT_EQ(reader.read(first).messages.size(), 3U);
  const std::string rest{writer.finish({}, {.first = 3, .count = added - 3})};
  EXPECT_EQ(reader.read(rest).messages.size(), added - 3);
  EXPECT_TRUE(writer.finish({}, {.first = 3, .count = 0}).empty());
}

TEST(packet, shared_buffers_serve_one_after_the_other) {
  const auto buffers = std::make_shared<packet_buffers>();
  packet_writer first{frame_settings{}, nullptr, buffers};
  packet_writer second{frame_settings{}, nullptr, buffers};
  packet_reader reader{frame_settings{}, nullptr, buffers};
  for (std::uint32_t round = 0; round < 3; ++round) {
    for (auto* writer : {&first, &second}) {
      writer->start();
      for (std::uint32_t i = 0; i <= round; ++i)
        writer->add(nack{i});
      const std::string bytes{writer->finish({})};
      ASSERT_EQ(reader.read(bytes).messages.size(), round + 1);
    }
  }
}

TEST(packet, cut_off_gives_the_whole_parts) {
  const std::string& bytes = vector_bytes("v3");
  packet_reader reader{frame_settings{}, nullptr};
  for (std::size_t length = 26; length < bytes.size(); ++length) {
    const packet found = reader.read(bytes.substr(0, length));
    EXPECT_EQ(found.messages.size(), 1U);
    EXPECT_EQ(found.dropped, 1U);
    EXPECT_EQ(found.first_drop, frame_error::truncated);
  }
  for (std::size_t length = 1; length < 26; ++length)
    EXPECT_EQ(reader.read(bytes.substr(0, length)).messages.size(), 0U);
}

TEST(packet, with_a_wrong_checksum_is_dropped) {
  packet_reader reader{frame_settings{}, nullptr};
  std::string bytes = vector_bytes("v4");
  bytes.back() ^= 1;
  EXPECT_EQ(reader.read(bytes).why, frame_error::bad_checksum);
  EXPECT_EQ(reader.read(bytes.substr(0, 5)).why, frame_error::truncated);
  EXPECT_EQ(reader.read("").why, frame_error::truncated);
}

TEST(packet, takes_layers_within_layers_up_to_a_bound) {
  packet_reader reader{frame_settings{}, nullptr};
  std::string nested = "\x08payload";
  for (int depth = 0; depth <= limits::gossip_layers_max + 1; ++depth) {
    const packet found = reader.read(nested);
    const bool taken = depth <= limits::gossip_layers_max;
    EXPECT_EQ(found.messages.size(), taken ? 1U : 0U) << depth;
    EXPECT_EQ(found.first_drop, taken ? frame_error::none : frame_error::too_deep);
    std::string outer;
    if (depth % 2 == 0) {
      ASSERT_TRUE(pack_compressed(nested, 1000, outer));
    } else {
      outer = {7, 1, 0, static_cast<char>(nested.size())};
      outer += nested;
    }
    nested = outer;
  }
}

TEST(packet, that_unpacks_to_too_much_is_dropped) {
  packet_reader reader{frame_settings{}, nullptr};
  std::string bomb;
  ASSERT_TRUE(pack_compressed(std::string(3 << 20, 'a'), 60'000, bomb));
  std::string many{7, 4};
  for (int i = 0; i < 4; ++i)
    append_big_endian(many, static_cast<std::uint16_t>(bomb.size()));
  for (int i = 0; i < 4; ++i)
    many += bomb;
  const packet found = reader.read(many);
  EXPECT_EQ(found.why, frame_error::none);
  EXPECT_EQ(found.dropped, 4U);
  EXPECT_EQ(found.first_drop, frame_error::too_large);
}

TEST(packet, of_too_many_parts_gives_the_first_ones) {
  // 255 compounds of 40 messages each.
  std::string inner{7, 40};
  for (int i = 0; i < 40; ++i)
    append_big_endian(inner, std::uint16_t{1});
  inner += std::string(40, '\x08');
  std::string bytes{7, '\xff'};
  for (int i = 0; i < 255; ++i)
    append_big_endian(bytes, static_cast<std::uint16_t>(inner.size()));
  for (int i = 0; i < 255; ++i)
    bytes += inner;
  packet_reader reader{frame_settings{}, nullptr};
  const packet found = reader.read(bytes);
  EXPECT_LE(found.messages.size(), limits::gossip_packet_parts_max);
  EXPECT_GT(found.messages.size(), limits::gossip_packet_parts_max * 9 / 10);
  EXPECT_EQ(found.first_drop, frame_error::too_large);
}

TEST(packet, with_bytes_turned_never_does_harm) {
  prng random{15};
  packet_reader reader{frame_settings{}, nullptr};
  for (const char* name : {"v1", "v2", "v3", "v6", "v10", "v12", "v14", "v15", "v15_plain"}) {
    for (int round = 0; round < 2000; ++round) {
      std::string bytes = vector_bytes(name);
      for (std::size_t turns = 1 + random() % 4; turns > 0; --turns)
        bytes[random() % bytes.size()] = static_cast<char>(random());
      ASSERT_LE(reader.read(bytes).messages.size(), limits::gossip_packet_parts_max);
    }
  }
}

TEST(packet, carries_at_most_255_messages) {
  frame_settings settings;
  settings.packet_bytes_max = 60'000;
  packet_writer writer{settings, nullptr};
  for (int i = 0; i < 255; ++i)
    EXPECT_TRUE(writer.add(nack{1}));
  EXPECT_EQ(writer.room(), 0U);
  EXPECT_FALSE(writer.add(nack{1}));
  packet_reader reader{settings, nullptr};
  EXPECT_EQ(reader.read(writer.finish({})).messages.size(), 255U);
}

}  // namespace
}  // namespace troupe::actors::gossip::wire
