#include "actors/gossip/wire/keyring.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <openssl/rand.h>

#include "actors/gossip/wire/aes_gcm.hpp"
#include "messages/base64.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip {

namespace {

using messages::errc;
using messages::failure;

constexpr std::size_t version_bytes = 1;
constexpr std::size_t block_bytes = 16;

failure bad_size() {
  return {errc::bad_request, "key size must be 16, 24 or 32 bytes"};
}

bool is_key_size(std::size_t bytes) {
  return bytes == 16 || bytes == 24 || bytes == 32;
}

// PKCS#7: 1 to 16 bytes, each saying how many.
std::size_t padding_of(std::size_t plaintext_bytes) {
  return block_bytes - plaintext_bytes % block_bytes;
}

// False if there is none. The bytes are authenticated: no oracle comes of looking at them.
bool remove_padding(std::string& plaintext) {
  if (plaintext.empty())
    return false;
  const auto padding = static_cast<std::uint8_t>(plaintext.back());
  if (padding == 0 || padding > block_bytes || padding > plaintext.size())
    return false;
  plaintext.resize(plaintext.size() - padding);
  return true;
}

// Random numbers that are used once, fetched many at a time: OpenSSL's generator has a price a
// call.
class nonce_supply {
 public:
  // Nothing if OpenSSL fails.
  std::string_view take() {
    if (at_ == bytes_.size()) {
      if (RAND_bytes(bytes_.data(), static_cast<int>(bytes_.size())) != 1)
        return {};
      at_ = 0;
    }
    const std::string_view taken{reinterpret_cast<const char*>(bytes_.data()) + at_,
                                 aes_gcm::nonce_bytes};
    at_ += aes_gcm::nonce_bytes;
    return taken;
  }

 private:
  std::array<unsigned char, 64 * aes_gcm::nonce_bytes> bytes_{};
  std::size_t at_ = bytes_.size();
};

}  // namespace

struct keyring::state {
  std::vector<std::unique_ptr<aes_gcm>> keys;  // the primary first
  nonce_supply nonces;
  std::string padded;

  auto find(std::string_view key) {
    return std::find_if(keys.begin(), keys.end(),
                        [&](const auto& known) { return known->has_key(key); });
  }
};

keyring::keyring() : state_(std::make_unique<state>()) {}
keyring::~keyring() = default;
keyring::keyring(keyring&&) noexcept = default;
keyring& keyring::operator=(keyring&&) noexcept = default;

messages::result<keyring> keyring::make(const std::vector<std::string>& keys) {
  keyring made;
  for (const std::string& key : keys) {
    if (auto installed = made.install(key); !installed)
      return installed.error();
  }
  return made;
}

messages::result<void> keyring::install(std::string_view key) {
  if (contains(key))
    return {};
  if (!is_key_size(key.size()))
    return bad_size();
  if (state_->keys.size() == messages::limits::keyring_keys_max)
    return failure{errc::too_large, "the keyring is full"};
  auto cipher = aes_gcm::make(key);
  if (!cipher)
    return failure{errc::failed, "OpenSSL does not take the key"};
  state_->keys.push_back(std::move(cipher));
  return {};
}

messages::result<void> keyring::use(std::string_view key) {
  const auto found = state_->find(key);
  if (found == state_->keys.end())
    return failure{errc::not_found, "Requested key is not in the keyring"};
  std::rotate(state_->keys.begin(), found, found + 1);
  return {};
}

messages::result<void> keyring::remove(std::string_view key) {
  const auto found = state_->find(key);
  if (found == state_->keys.end())
    return {};
  if (found == state_->keys.begin())
    return failure{errc::conflict, "Removing the primary key is not allowed"};
  state_->keys.erase(found);
  return {};
}

bool keyring::empty() const {
  return state_->keys.empty();
}

bool keyring::contains(std::string_view key) const {
  return state_->find(key) != state_->keys.end();
}

std::vector<std::string> keyring::keys() const {
  std::vector<std::string> copies;
  copies.reserve(state_->keys.size());
  for (const auto& known : state_->keys)
    copies.emplace_back(known->key());
  return copies;
}

// -- traffic ---------------------------------------------------------------------

std::size_t keyring::overhead_bytes(encryption_version version) {
  return version_bytes + aes_gcm::nonce_bytes + aes_gcm::tag_bytes +
         (version == encryption_version::padded ? block_bytes : 0);
}

std::size_t keyring::sealed_bytes(encryption_version version, std::size_t plaintext_bytes) {
  return plaintext_bytes + overhead_bytes(encryption_version::plain) +
         (version == encryption_version::padded ? padding_of(plaintext_bytes) : 0);
}

bool keyring::seal(encryption_version version, std::string_view plaintext, additional_data data,
                   std::string& out) {
  const std::string_view nonce = empty() ? std::string_view{} : state_->nonces.take();
  if (nonce.empty())
    return false;
  const std::size_t begin = out.size();
  out.resize(begin + sealed_bytes(version, plaintext.size()));
  if (version == encryption_version::padded) {
    const std::size_t padding = padding_of(plaintext.size());
    state_->padded.assign(plaintext).append(padding, static_cast<char>(padding));
    plaintext = state_->padded;
  }
  char* at = out.data() + begin;
  *at++ = static_cast<char>(version);
  at = std::copy(nonce.begin(), nonce.end(), at);
  const bool done = state_->keys.front()->encrypt({nonce, data.first, data.second}, plaintext, at);
  if (!done)
    out.resize(begin);
  return done;
}

bool keyring::open(std::string_view sealed, additional_data data, std::string& out) {
  out.clear();
  constexpr std::size_t head = version_bytes + aes_gcm::nonce_bytes;
  if (sealed.size() < head + aes_gcm::tag_bytes ||
      static_cast<std::uint8_t>(sealed.front()) >
          static_cast<std::uint8_t>(encryption_version::plain))
    return false;
  const bool is_padded =
      static_cast<encryption_version>(sealed.front()) == encryption_version::padded;
  const std::string_view nonce = sealed.substr(version_bytes, aes_gcm::nonce_bytes);
  const std::string_view body = sealed.substr(head);
  out.resize(body.size() - aes_gcm::tag_bytes);
  for (const auto& known : state_->keys) {
    if (known->decrypt({nonce, data.first, data.second}, body, out.data())) {
      if (!is_padded || remove_padding(out))
        return true;
      break;
    }
  }
  out.clear();
  return false;
}

// -- keys as text ------------------------------------------------------------------

messages::result<std::string> parse_key(std::string_view base64) {
  auto key = messages::decode_base64(base64);
  if (!key)
    return key;
  if (!is_key_size(key->size()))
    return bad_size();
  return key;
}

std::string print_key(std::string_view key) {
  std::string text;
  messages::append_base64(text, key);
  return text;
}

}  // namespace troupe::actors::gossip
