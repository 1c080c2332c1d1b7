#include "storage/key.hpp"

#include <openssl/evp.h>

#include "messages/ensure.hpp"

namespace troupe::storage {

namespace {

// A zero byte inside a part becomes 00 FF, the end of a part 00 01: the end sorts first.
constexpr char escape = '\0';
constexpr char escaped_zero = '\xff';
constexpr char end_of_part = '\x01';

void append_closed(std::string& key, std::string_view part) {
  for (const char byte : part) {
    key.push_back(byte);
    if (byte == escape)
      key.push_back(escaped_zero);
  }
  key.push_back(escape);
  key.push_back(end_of_part);
}

}  // namespace

std::string composite_key(std::initializer_list<std::string_view> parts) {
  messages::ensure(parts.size() > 0);
  std::string key;
  for (const auto* part = parts.begin(); part + 1 != parts.end(); ++part)
    append_closed(key, *part);
  key.append(*(parts.end() - 1));
  return key;
}

std::string key_prefix(std::initializer_list<std::string_view> parts) {
  std::string key;
  for (const auto part : parts)
    append_closed(key, part);
  return key;
}

std::string number_key(std::uint64_t number) {
  std::string key(sizeof number, '\0');
  for (std::size_t i = sizeof number; i-- > 0; number >>= 8)
    key[i] = static_cast<char>(number & 0xff);
  return key;
}

std::uint64_t number_of_key(std::string_view key) {
  messages::ensure(key.size() == sizeof(std::uint64_t));
  std::uint64_t number = 0;
  for (const char byte : key)
    number = (number << 8) | static_cast<unsigned char>(byte);
  return number;
}

std::string folded(std::string_view name) {
  std::string lower(name);
  for (char& letter : lower) {
    if (letter >= 'A' && letter <= 'Z')
      letter = static_cast<char>(letter - 'A' + 'a');
  }
  return lower;
}

std::string stored_long_key(std::string_view key) {
  messages::ensure(is_long_key(key));
  const auto digest = sha256(key);
  std::string stored(key.substr(0, stored_head_bytes));
  stored.append(reinterpret_cast<const char*>(digest.data()), digest.size());
  return stored;
}

sha256_digest sha256(std::string_view bytes) {
  sha256_digest digest{};
  unsigned int size = 0;
  const bool hashed =
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1;
  messages::ensure(hashed && size == digest.size());
  return digest;
}

}  // namespace troupe::storage
