#include "actors/gossip/wire/lzw.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace troupe::actors::gossip::wire {
namespace {

std::string packed(std::string_view data) {
  std::string out;
  EXPECT_TRUE(lzw_encode(data, std::string::npos, out));
  return out;
}

// Bytes of an alphabet of so many: few give long codes, 256 fill the table fast.
std::string random_text(std::mt19937_64& random, std::size_t length, unsigned alphabet) {
  std::string text(length, '\0');
  for (char& byte : text)
    byte = static_cast<char>(random() % alphabet);
  return text;
}

TEST(lzw, of_nothing_is_a_clear_and_an_end) {
  EXPECT_EQ(packed(""), (std::string{"\x00\x03\x02", 3}));
  std::string out = "x";
  EXPECT_EQ(lzw_decode(packed(""), 10, out), lzw_result::ok);
  EXPECT_EQ(out, "");
}

TEST(lzw, gives_back_what_it_was_given_through_many_full_tables) {
  std::mt19937_64 random{4711};
  for (const unsigned alphabet : {1U, 2U, 7U, 60U, 256U}) {
    for (const std::size_t length : {1UL, 2UL, 3UL, 255UL, 3838UL, 3839UL, 5000UL, 300'000UL}) {
      const std::string text = random_text(random, length, alphabet);
      std::string small;
      ASSERT_TRUE(lzw_encode(text, std::string::npos, small));
      std::string out;
      ASSERT_EQ(lzw_decode(small, text.size(), out), lzw_result::ok) << alphabet << " " << length;
      ASSERT_EQ(out, text);
      ASSERT_EQ(lzw_decode(small, text.size() - 1, out), lzw_result::too_large);
      ASSERT_EQ(out, "");
    }
  }
}

// Each length around the one at which the table is full and the writer clears.
TEST(lzw, agrees_with_itself_wherever_the_table_ends) {
  std::mt19937_64 random{99};
  const std::string text = random_text(random, 4000, 256);
  for (std::size_t length = 3700; length < text.size(); ++length) {
    std::string out;
    ASSERT_EQ(lzw_decode(packed(text.substr(0, length)), 4000, out), lzw_result::ok) << length;
    ASSERT_EQ(out, text.substr(0, length));
  }
}

TEST(lzw, gives_up_where_it_gains_nothing) {
  std::mt19937_64 random{5};
  const std::string noise = random_text(random, 100'000, 256);
  std::string out = "before";
  EXPECT_FALSE(lzw_encode(noise, noise.size() - 1, out));
  EXPECT_EQ(out, "before");
}

// A decoder that goes on with a full table, as GIF's do, reads what a writer without clears writes.
TEST(lzw, reads_on_with_a_full_table) {
  // Literals only, at the width a reader expects: the table fills and stays.
  std::string bits;
  std::uint64_t held = 0;
  unsigned count = 0;
  const auto put = [&](std::uint32_t code, unsigned width) {
    for (held |= std::uint64_t{code} << count, count += width; count >= 8; count -= 8, held >>= 8)
      bits.push_back(static_cast<char>(held & 0xff));
  };
  put(256, 9);
  std::uint32_t next = 257;
  unsigned width = 9;
  const std::size_t length = 6000;
  for (std::size_t i = 0; i < length; ++i) {
    put('a', width);
    if (next < 4095 && ++next == 1U << width && width < 12)
      ++width;
  }
  put(257, width);
  put(0, 7);
  std::string out;
  EXPECT_EQ(lzw_decode(bits, length, out), lzw_result::ok);
  EXPECT_EQ(out, std::string(length, 'a'));
}

TEST(lzw, refuses_what_is_cut_off_or_names_a_code_that_is_not_there) {
  std::string out;
  const std::string whole = packed("to be or not to be or to be");
  for (std::size_t length = 0; length + 2 < whole.size(); ++length)
    EXPECT_EQ(lzw_decode(whole.substr(0, length), 100, out), lzw_result::corrupt) << length;
  // Clear, then code 300.
  EXPECT_EQ(lzw_decode(std::string{"\x00\x59\x02\x00", 4}, 100, out), lzw_result::corrupt);
}

TEST(lzw, survives_noise_within_its_bound) {
  std::mt19937_64 random{17};
  for (int round = 0; round < 20'000; ++round) {
    const std::string noise = random_text(random, random() % 200, 256);
    std::string out;
    lzw_decode(noise, 5000, out);
    ASSERT_LE(out.size(), 5000U);
  }
}

}  // namespace
}  // namespace troupe::actors::gossip::wire
