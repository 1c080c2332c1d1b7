#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <msgpuck.h>

#include "actors/gossip/wire/msgpack_reader.hpp"
#include "actors/gossip/wire/msgpack_writer.hpp"

namespace troupe::actors::gossip::wire {
namespace {

using namespace std::string_literals;
using progress = body_scanner::progress;

template <class Write>
std::string written(Write&& write) {
  std::string bytes;
  byte_sink sink{bytes};
  msgpack_writer<byte_sink> out{sink};
  write(out);
  return bytes;
}

std::string random_value(std::mt19937_64& random, int depth);

void put_random_members(std::mt19937_64& random, int depth, std::string& out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    out += random_value(random, depth - 1);
}

// By msgpuck, of all kinds and families.
std::string random_value(std::mt19937_64& random, int depth) {
  char head[16];
  const std::uint64_t bits = random() >> random() % 64;
  const auto from = [&](char* end) { return std::string(head, end); };
  const std::size_t count = random() % 20;
  std::string out;
  switch (random() % (depth > 0 ? 9 : 7)) {
    case 0:
      return from(mp_encode_nil(head));
    case 1:
      return from(mp_encode_bool(head, bits & 1));
    case 2:
      return from(mp_encode_uint(head, bits));
    case 3:
      return from(mp_encode_int(head, -static_cast<std::int64_t>(bits >> 1) - 1));
    case 4:
      return from(mp_encode_double(head, static_cast<double>(bits)));
    case 5:
      return from(mp_encode_strl(head, static_cast<std::uint32_t>(count * 20))) +
             std::string(count * 20, 's');
    case 6:
      return from(mp_encode_binl(head, static_cast<std::uint32_t>(count * 20))) +
             std::string(count * 20, 'b');
    case 7:
      out = from(mp_encode_array(head, static_cast<std::uint32_t>(count)));
      put_random_members(random, depth, out, count);
      return out;
    default:
      out = from(mp_encode_map(head, static_cast<std::uint32_t>(count)));
      put_random_members(random, depth, out, 2 * count);
      return out;
  }
}

TEST(msgpack, numbers_are_written_as_by_another_library_and_read_back) {
  std::mt19937_64 random{1};
  for (int round = 0; round < 50'000; ++round) {
    const std::uint64_t number = random() >> random() % 64;
    char other[16];
    const std::string bytes = written([&](auto& out) { out.number(number); });
    ASSERT_EQ(bytes, std::string(other, mp_encode_uint(other, number)));
    ASSERT_EQ(msgpack_reader{bytes}.u64(), number);
    const auto real = static_cast<double>(number) / 3;
    const std::string real_bytes = written([&](auto& out) { out.real(real); });
    ASSERT_EQ(real_bytes, std::string(other, mp_encode_double(other, real)));
    ASSERT_EQ(msgpack_reader{real_bytes}.real(), real);
  }
}

TEST(msgpack, signed_and_unsigned_families_are_the_same_numbers) {
  for (const std::string& bytes :
       {"\xcc\x80"s, "\xcd\x00\x80"s, "\xd1\x00\x80"s, "\xd2\x00\x00\x00\x80"s,
        "\xd3\x00\x00\x00\x00\x00\x00\x00\x80"s}) {
    EXPECT_EQ(msgpack_reader{bytes}.u8(), 128);
    EXPECT_EQ(msgpack_reader{bytes}.signed_number(), 128);
  }
}

TEST(msgpack, negative_or_too_large_numbers_are_errors_where_they_cannot_be) {
  for (const std::string& bytes : {"\xff"s, "\xd0\x80"s, "\xcd\x01\x00"s}) {
    msgpack_reader in{bytes};
    in.u8();
    EXPECT_TRUE(in.failed());
  }
  const std::string min = "\xd3\x80" + std::string(7, '\0');
  EXPECT_EQ(msgpack_reader{min}.signed_number(), INT64_MIN);
  const std::string beyond = "\xcf" + std::string(8, '\xff');
  msgpack_reader in{beyond};
  in.signed_number();
  EXPECT_TRUE(in.failed());
}

TEST(msgpack, strings_of_all_families_are_read_and_the_old_one_is_written) {
  for (const std::size_t length : {0UL, 5UL, 31UL, 32UL, 255UL, 256UL, 65'535UL, 65'536UL}) {
    const std::string text(length, 't');
    const std::string raw = written([&](auto& out) { out.raw(text); });
    EXPECT_EQ(raw.front(), length < 32       ? static_cast<char>(0xa0 + length)
                           : length < 65'536 ? '\xda'
                                             : '\xdb');
    const std::string str = written([&](auto& out) { out.str(text); });
    const std::string bin = written([&](auto& out) { out.bin(text); });
    for (const std::string& bytes : {raw, str, bin}) {
      msgpack_reader in{bytes};
      EXPECT_EQ(in.raw(), text);
      EXPECT_TRUE(in.rest().empty());
      msgpack_reader cut{std::string_view{bytes}.substr(0, bytes.size() - 1)};
      cut.raw();
      EXPECT_TRUE(cut.failed());
    }
  }
}

TEST(msgpack, nil_is_the_zero_of_everything) {
  const std::string nil = "\xc0";
  EXPECT_EQ(msgpack_reader{nil}.u32(), 0U);
  EXPECT_EQ(msgpack_reader{nil}.raw(), "");
  EXPECT_EQ(msgpack_reader{nil}.array(), 0U);
  EXPECT_EQ(msgpack_reader{nil}.map(), 0U);
  EXPECT_EQ(msgpack_reader{nil}.real(), 0);
  EXPECT_FALSE(msgpack_reader{nil}.boolean());
}

TEST(msgpack, counts_that_cannot_be_are_errors_before_anything_is_reserved) {
  const std::string array = "\xdd\xff\xff\xff\xff";
  const std::string map = "\xdf\xff\xff\xff\xff";
  msgpack_reader first{array};
  first.array();
  EXPECT_TRUE(first.failed());
  msgpack_reader second{map};
  second.map();
  EXPECT_TRUE(second.failed());
  msgpack_reader third{map};
  third.skip();
  EXPECT_TRUE(third.failed());
}

TEST(msgpack, skips_whatever_another_library_finds_to_be_one_value) {
  std::mt19937_64 random{2};
  for (int round = 0; round < 3000; ++round) {
    const std::string value = random_value(random, 3);
    const std::string bytes = value + "\x2a";
    msgpack_reader in{bytes};
    in.skip();
    ASSERT_EQ(in.u8(), 42);
    ASSERT_FALSE(in.failed());
    body_scanner scanner;
    ASSERT_EQ(scanner.scan(value), progress::whole);
    ASSERT_EQ(scanner.end(), value.size());
  }
}

TEST(msgpack, agrees_with_another_library_on_what_noise_is_a_value) {
  std::mt19937_64 random{3};
  int values = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string noise(random() % 40, '\0');
    for (char& byte : noise)
      byte = static_cast<char>(random() % 4 == 0 ? random() : 0x80 + random() % 64);
    // The other library lets the unused byte pass, and counts that do not fit into an int.
    std::replace(noise.begin(), noise.end(), '\xc1', '\xc0');
    std::replace(noise.begin(), noise.end(), '\xdd', '\xdc');
    std::replace(noise.begin(), noise.end(), '\xdf', '\xde');
    const char* at = noise.data();
    const bool is_value = !noise.empty() && mp_check(&at, noise.data() + noise.size()) == 0;
    msgpack_reader in{noise};
    in.skip();
    ASSERT_EQ(!in.failed(), is_value) << testing::PrintToString(noise);
    if (is_value) {
      ASSERT_EQ(in.rest().data(), at);
      ++values;
    }
  }
  EXPECT_GT(values, 1000);
}

TEST(msgpack, a_scanner_finds_the_same_end_however_the_bytes_are_cut) {
  std::mt19937_64 random{4};
  for (int round = 0; round < 300; ++round) {
    const std::string value = random_value(random, 3);
    body_scanner scanner;
    std::size_t seen = 0;
    while (seen + 1 < value.size()) {
      ASSERT_EQ(scanner.scan(value.substr(0, seen)), progress::more);
      seen = std::min(value.size() - 1, seen + 1 + random() % 30);
    }
    ASSERT_EQ(scanner.scan(value + "rest"), progress::whole);
    ASSERT_EQ(scanner.end(), value.size());
  }
}

}  // namespace
}  // namespace troupe::actors::gossip::wire
