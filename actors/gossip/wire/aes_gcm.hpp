// AES-GCM with one key. OpenSSL's contexts are set up with the key once and kept, for fetching the
// cipher and expanding the key cost more than a packet. The key itself is kept to be compared and
// listed, and wiped.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct evp_cipher_ctx_st;

namespace troupe::actors::gossip {

class aes_gcm {
 public:
  static constexpr std::size_t nonce_bytes = 12;
  static constexpr std::size_t tag_bytes = 16;

  // Null if the key is not of 16, 24 or 32 bytes, or OpenSSL fails.
  static std::unique_ptr<aes_gcm> make(std::string_view key);
  ~aes_gcm();
  aes_gcm(const aes_gcm&) = delete;
  aes_gcm& operator=(const aes_gcm&) = delete;

  std::string_view key() const { return key_; }
  bool has_key(std::string_view key) const;  // in constant time

  // A part of a message: `nonce` of nonce_bytes; the additional data is both parts.
  struct authenticated {
    std::string_view nonce;
    std::string_view first;
    std::string_view second;
  };
  // `out` gets as many bytes as the plaintext and then the tag.
  bool encrypt(const authenticated& with, std::string_view plaintext, char* out);
  // `sealed` ends with the tag; `out` gets the rest, decrypted. What stands there after false is
  // not to be looked at.
  bool decrypt(const authenticated& with, std::string_view sealed, char* out);

 private:
  struct free_context {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  using context = std::unique_ptr<evp_cipher_ctx_st, free_context>;

  aes_gcm(std::string_view key, context encryptor, context decryptor);

  std::string key_;
  context encryptor_;
  context decryptor_;
};

}  // namespace troupe::actors::gossip
