#include "actors/gossip/wire/aes_gcm.hpp"

#include <array>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace troupe::actors::gossip {

namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

const EVP_CIPHER* cipher_for(std::size_t key_bytes) {
  switch (key_bytes) {
    case 16:
      return EVP_aes_128_gcm();
    case 24:
      return EVP_aes_192_gcm();
    case 32:
      return EVP_aes_256_gcm();
    default:
      return nullptr;
  }
}

// Additional data, or, with `out`, text.
bool update(EVP_CIPHER_CTX* context, unsigned char* out, std::string_view in) {
  int written = 0;
  return in.empty() ||
         EVP_CipherUpdate(context, out, &written, bytes_of(in), static_cast<int>(in.size())) == 1;
}

bool begin(EVP_CIPHER_CTX* context, const aes_gcm::authenticated& with) {
  return EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, bytes_of(with.nonce), -1) == 1 &&
         update(context, nullptr, with.first) && update(context, nullptr, with.second);
}

}  // namespace

void aes_gcm::free_context::operator()(evp_cipher_ctx_st* context) const {
  EVP_CIPHER_CTX_free(context);
}

std::unique_ptr<aes_gcm> aes_gcm::make(std::string_view key) {
  const EVP_CIPHER* const cipher = cipher_for(key.size());
  context encryptor{EVP_CIPHER_CTX_new()};
  context decryptor{EVP_CIPHER_CTX_new()};
  if (cipher == nullptr || !encryptor || !decryptor ||
      EVP_CipherInit_ex(encryptor.get(), cipher, nullptr, bytes_of(key), nullptr, 1) != 1 ||
      EVP_CipherInit_ex(decryptor.get(), cipher, nullptr, bytes_of(key), nullptr, 0) != 1)
    return nullptr;
  return std::unique_ptr<aes_gcm>{new aes_gcm{key, std::move(encryptor), std::move(decryptor)}};
}

aes_gcm::aes_gcm(std::string_view key, context encryptor, context decryptor)
    : key_(key), encryptor_(std::move(encryptor)), decryptor_(std::move(decryptor)) {}

aes_gcm::~aes_gcm() {
  OPENSSL_cleanse(key_.data(), key_.size());
}

bool aes_gcm::has_key(std::string_view key) const {
  return key.size() == key_.size() && CRYPTO_memcmp(key.data(), key_.data(), key.size()) == 0;
}

bool aes_gcm::encrypt(const authenticated& with, std::string_view plaintext, char* out) {
  auto* const target = reinterpret_cast<unsigned char*>(out);
  unsigned char* const tag = target + plaintext.size();
  int written = 0;
  EVP_CIPHER_CTX* const running = encryptor_.get();
  return begin(running, with) && update(running, target, plaintext) &&
         EVP_CipherFinal_ex(running, tag, &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(running, EVP_CTRL_GCM_GET_TAG, tag_bytes, tag) == 1;
}

bool aes_gcm::decrypt(const authenticated& with, std::string_view sealed, char* out) {
  if (sealed.size() < tag_bytes)
    return false;
  const std::string_view ciphertext = sealed.substr(0, sealed.size() - tag_bytes);
  std::array<char, tag_bytes> tag{};
  sealed.copy(tag.data(), tag.size(), ciphertext.size());
  auto* const target = reinterpret_cast<unsigned char*>(out);
  unsigned char rest[tag_bytes];
  int written = 0;
  EVP_CIPHER_CTX* const running = decryptor_.get();
  return begin(running, with) && update(running, target, ciphertext) &&
         EVP_CIPHER_CTX_ctrl(running, EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()) == 1 &&
         EVP_CipherFinal_ex(running, rest, &written) == 1;
}

}  // namespace troupe::actors::gossip
