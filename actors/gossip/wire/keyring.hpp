// The keys a pool's traffic is encrypted with (AES-GCM). Encrypts with the primary, decrypts with
// whichever fits. Key material is wiped when it goes, never printed and never part of an error
// text. Not for two threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "messages/result.hpp"

namespace troupe::actors::gossip {

// 0 pads to blocks, spoken by members of protocol 1; 1 does not.
enum class encryption_version : std::uint8_t { padded = 0, plain = 1 };

class keyring {
 public:
  keyring();
  ~keyring();
  keyring(keyring&&) noexcept;
  keyring& operator=(keyring&&) noexcept;

  // Keys of 16, 24 or 32 raw bytes, the primary first; no key twice counts. Fails with
  // errc::bad_request.
  static messages::result<keyring> make(const std::vector<std::string>& keys);

  // The first key becomes the primary. One that is there already is no error. Fails with
  // errc::bad_request (size) or errc::too_large (limits::keyring_keys_max).
  messages::result<void> install(std::string_view key);
  // Encrypts with it from now on. Fails with errc::not_found.
  messages::result<void> use(std::string_view key);
  // A key that is not there is no error. Fails with errc::conflict if it is the primary.
  messages::result<void> remove(std::string_view key);

  bool empty() const;  // nothing can be encrypted
  bool contains(std::string_view key) const;
  // Copies, the primary first: wiping them is the caller's.
  std::vector<std::string> keys() const;

  // -- traffic ---------------------------------------------------------------

  // How many bytes seal() appends at most beyond the plaintext.
  static std::size_t overhead_bytes(encryption_version version);
  static std::size_t sealed_bytes(encryption_version version, std::size_t plaintext_bytes);

  // Additional data is the concatenation of both.
  struct additional_data {
    std::string_view first;
    std::string_view second = {};
  };
  // Appends version, nonce, ciphertext and tag, with the primary key. False if the ring is empty or
  // OpenSSL fails; `out` is then as before.
  bool seal(encryption_version version, std::string_view plaintext, additional_data data,
            std::string& out);
  // Replaces `out` by the plaintext. False if no key opens it; `out` is then empty. `sealed` must
  // not be in `out`.
  bool open(std::string_view sealed, additional_data data, std::string& out);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

// Base64 of the usual alphabet, padded, as key files and flags hold a key. Fails with
// errc::bad_request; the text does not repeat the input.
messages::result<std::string> parse_key(std::string_view base64);
std::string print_key(std::string_view key);

}  // namespace troupe::actors::gossip
