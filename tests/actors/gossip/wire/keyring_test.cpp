#include "actors/gossip/wire/keyring.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "messages/limits.hpp"

namespace troupe::actors::gossip {
namespace {

using messages::errc;

const std::string first(16, '1');
const std::string second(24, '2');
const std::string third(32, '3');

TEST(keyring, takes_keys_of_three_sizes_and_no_other) {
  keyring ring;
  EXPECT_TRUE(ring.empty());
  for (std::size_t bytes = 0; bytes < 40; ++bytes) {
    const bool right = bytes == 16 || bytes == 24 || bytes == 32;
    EXPECT_EQ(ring.install(std::string(bytes, 'k')).has_value(), right) << bytes;
  }
  EXPECT_EQ(ring.keys().size(), 3U);
}

TEST(keyring, seals_with_the_primary_and_opens_with_any) {
  keyring ring = *keyring::make({first, second});
  keyring of_first = *keyring::make({first});
  std::string sealed;
  ASSERT_TRUE(ring.seal(encryption_version::plain, "text", {"label"}, sealed));
  std::string plain;
  EXPECT_TRUE(of_first.open(sealed, {"label"}, plain));
  EXPECT_EQ(plain, "text");

  ASSERT_TRUE(ring.use(second));
  EXPECT_EQ(ring.keys(), (std::vector<std::string>{second, first}));
  EXPECT_TRUE(ring.open(sealed, {"la", "bel"}, plain));
  sealed.clear();
  ASSERT_TRUE(ring.seal(encryption_version::plain, "text", {}, sealed));
  EXPECT_FALSE(of_first.open(sealed, {}, plain));
  EXPECT_EQ(plain, "");
}

TEST(keyring, keeps_its_primary_and_forgets_others) {
  keyring ring = *keyring::make({first, second, third});
  EXPECT_EQ(ring.remove(first).error().code, errc::conflict);
  EXPECT_TRUE(ring.remove(second));
  EXPECT_TRUE(ring.remove(second)) << "what is not there is no error";
  EXPECT_FALSE(ring.contains(second));
  EXPECT_EQ(ring.use(second).error().code, errc::not_found);
  EXPECT_TRUE(ring.install(third)) << "nor is what is there";
  EXPECT_EQ(ring.keys(), (std::vector<std::string>{first, third}));
}

TEST(keyring, holds_a_bounded_number_of_keys) {
  keyring ring;
  for (std::size_t i = 0; i < messages::limits::keyring_keys_max; ++i)
    EXPECT_TRUE(ring.install(std::string(16, static_cast<char>(i))));
  EXPECT_EQ(ring.install(second).error().code, errc::too_large);
}

TEST(keyring, seals_to_the_size_it_said) {
  keyring ring = *keyring::make({third});
  for (const auto version : {encryption_version::plain, encryption_version::padded}) {
    for (std::size_t bytes = 0; bytes < 70; ++bytes) {
      const std::string text(bytes, 't');
      std::string sealed = "before";
      ASSERT_TRUE(ring.seal(version, text, {}, sealed));
      ASSERT_EQ(sealed.size() - 6, keyring::sealed_bytes(version, bytes));
      ASSERT_LE(sealed.size() - 6, bytes + keyring::overhead_bytes(version));
      std::string plain;
      ASSERT_TRUE(ring.open(std::string_view{sealed}.substr(6), {}, plain));
      ASSERT_EQ(plain, text);
    }
  }
}

TEST(keyring, never_uses_a_nonce_twice) {
  keyring ring = *keyring::make({first});
  std::set<std::string> nonces;
  for (int i = 0; i < 1000; ++i) {
    std::string sealed;
    ASSERT_TRUE(ring.seal(encryption_version::plain, "text", {}, sealed));
    nonces.insert(sealed.substr(1, 12));
  }
  EXPECT_EQ(nonces.size(), 1000U);
}

TEST(keyring, without_keys_seals_and_opens_nothing) {
  keyring ring;
  std::string out = "before";
  EXPECT_FALSE(ring.seal(encryption_version::plain, "text", {}, out));
  EXPECT_EQ(out, "before");
  EXPECT_FALSE(ring.open(std::string(100, '\1'), {}, out));
  EXPECT_FALSE(ring.open("", {}, out));
}

TEST(keyring, text_of_a_key_is_base64_and_errors_do_not_repeat_it) {
  EXPECT_EQ(print_key(first), "MTExMTExMTExMTExMTExMQ==");
  for (const std::string& key : {first, second, third})
    EXPECT_EQ(*parse_key(print_key(key)), key);
  for (const char* bad :
       {"", "MTEx", "!!!!", "MTExMTExMTExMTExMTExMQ", "secretsecretsecretsecret!"}) {
    const auto parsed = parse_key(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, errc::bad_request);
    EXPECT_EQ(parsed.error().detail.find("secret"), std::string::npos);
  }
  EXPECT_EQ(parse_key("zz").error().detail, "illegal base64 data at input byte 0");
}

}  // namespace
}  // namespace troupe::actors::gossip
