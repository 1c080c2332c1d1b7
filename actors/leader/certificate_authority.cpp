#include "actors/leader/certificate_authority.hpp"

#include <array>
#include <memory>
#include <span>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "messages/ensure.hpp"

namespace troupe::actors {

namespace {

using messages::failure;
using messages::result;

constexpr std::int64_t root_days = 3650;
constexpr std::int64_t seconds_a_day = 86'400;
constexpr std::int64_t ns_a_second = 1'000'000'000;
constexpr int serial_bits = 32;  // readers of the API take the number for a 53-bit one

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using octets_ptr = std::unique_ptr<ASN1_OCTET_STRING, freed_by<ASN1_OCTET_STRING_free>>;
using bignum_ptr = std::unique_ptr<BIGNUM, freed_by<BN_free>>;

failure openssl_failure(const char* what) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  return {messages::errc::failed, std::string(what) + ": " + text.data()};
}

std::string hex(std::span<const unsigned char> bytes, std::string_view between) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const auto byte : bytes) {
    if (!text.empty())
      text += between;
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 15]);
  }
  return text;
}

std::string to_text(BIO* memory) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

// SHA-256 of the public key in its usual form: the subject key id, as Consul computes it.
result<std::array<unsigned char, 32>> key_id(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0)
    return openssl_failure("encoding a public key");
  std::array<unsigned char, 32> id{};
  const int done =
      EVP_Digest(der, static_cast<std::size_t>(size), id.data(), nullptr, EVP_sha256(), nullptr);
  OPENSSL_free(der);
  if (done != 1)
    return openssl_failure("hashing a public key");
  return id;
}

bool add_extension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const extension_ptr made(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return made != nullptr && X509_add_ext(certificate, made.get(), -1) == 1;
}

bool add_subject_key_id(X509* certificate, std::span<const unsigned char> id) {
  const octets_ptr octets(ASN1_OCTET_STRING_new());
  return octets != nullptr &&
         ASN1_OCTET_STRING_set(octets.get(), id.data(), static_cast<int>(id.size())) == 1 &&
         X509_add1_ext_i2d(certificate, NID_subject_key_identifier, octets.get(), 0, 0) == 1;
}

bool set_serial(X509* certificate, std::uint64_t number) {
  const bignum_ptr big(BN_new());
  return big != nullptr && BN_set_word(big.get(), number) == 1 &&
         BN_to_ASN1_INTEGER(big.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_name(X509* certificate, const std::string& common_name) {
  auto* name = X509_get_subject_name(certificate);
  const auto* text = reinterpret_cast<const unsigned char*>(common_name.c_str());
  return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, text, -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1;
}

bool set_times(X509* certificate, std::int64_t not_before_unix_s) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), not_before_unix_s) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate),
                       not_before_unix_s + root_days * seconds_a_day) != nullptr;
}

// The authority key id copies the subject key id, so it comes after it.
bool set_extensions(X509* certificate, const std::string& cluster_id,
                    std::span<const unsigned char> id) {
  return add_extension(certificate, NID_key_usage,
                       "critical,digitalSignature,keyCertSign,cRLSign") &&
         add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE") &&
         add_subject_key_id(certificate, id) &&
         add_extension(certificate, NID_authority_key_identifier, "keyid:always") &&
         add_extension(certificate, NID_subject_alt_name, "URI:spiffe://" + cluster_id + ".consul");
}

std::string common_name(const root_options& options) {
  return "pri-" + options.name_part + ".consul.ca." + options.cluster_id.substr(0, 8) + ".consul";
}

result<certificate_ptr> self_signed(const root_options& options, EVP_PKEY* key,
                                    std::span<const unsigned char> id) {
  certificate_ptr certificate(X509_new());
  auto* x = certificate.get();
  const bool made = x != nullptr && X509_set_version(x, 2) == 1 &&
                    set_serial(x, options.serial_number) && set_name(x, common_name(options)) &&
                    set_times(x, options.not_before_unix_s) && X509_set_pubkey(x, key) == 1 &&
                    set_extensions(x, options.cluster_id, id) &&
                    X509_sign(x, key, EVP_sha256()) > 0;
  if (!made)
    return openssl_failure("making a root certificate");
  return certificate;
}

result<std::string> certificate_id(X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha1(), digest.data(), &size) != 1)
    return openssl_failure("hashing a root certificate");
  return hex(std::span(digest).first(size), ":");
}

// SEC 1 form, as Consul writes EC keys.
result<std::string> key_pem(EVP_PKEY* key) {
  const bio_ptr memory(BIO_new(BIO_s_mem()));
  if (memory == nullptr || PEM_write_bio_PrivateKey_traditional(memory.get(), key, nullptr, nullptr,
                                                                0, nullptr, nullptr) != 1)
    return openssl_failure("writing a private key");
  return to_text(memory.get());
}

result<std::string> certificate_pem(X509* certificate) {
  const bio_ptr memory(BIO_new(BIO_s_mem()));
  if (memory == nullptr || PEM_write_bio_X509(memory.get(), certificate) != 1)
    return openssl_failure("writing a root certificate");
  return to_text(memory.get());
}

std::string uuid(std::span<const unsigned char, 16> bytes) {
  const auto text = hex(bytes, "");
  return text.substr(0, 8) + "-" + text.substr(8, 4) + "-" + text.substr(12, 4) + "-" +
         text.substr(16, 4) + "-" + text.substr(20);
}

}  // namespace

result<messages::CaRootSet> make_root(const root_options& options) {
  ERR_clear_error();
  const key_ptr key(EVP_EC_gen("P-256"));
  if (key == nullptr)
    return openssl_failure("making a key");
  const auto id = key_id(key.get());
  if (!id)
    return id.error();
  const auto certificate = self_signed(options, key.get(), *id);
  if (!certificate)
    return certificate.error();
  auto fingerprint = certificate_id(certificate->get());
  auto pem = certificate_pem(certificate->get());
  auto private_pem = key_pem(key.get());
  for (const auto* text : {&fingerprint, &pem, &private_pem}) {
    if (!*text)
      return text->error();
  }
  messages::CaRootSet made;
  made.set_cluster_id(options.cluster_id);
  auto& root = *made.mutable_root();
  root.set_id(*fingerprint);
  root.set_name("Consul CA Primary Cert");
  root.set_serial_number(options.serial_number);
  root.set_signing_key_id(hex(*id, ":"));
  root.set_external_trust_domain(options.cluster_id);
  root.set_not_before(options.not_before_unix_s * ns_a_second);
  root.set_not_after((options.not_before_unix_s + root_days * seconds_a_day) * ns_a_second);
  root.set_root_cert(*pem);
  root.set_active(true);
  root.set_private_key_type("ec");
  root.set_private_key_bits(256);
  root.set_private_key(*private_pem);
  return made;
}

root_options random_root_options(std::int64_t unix_s) {
  std::array<unsigned char, 16 + serial_bits / 8 + 4> bytes{};
  messages::ensure(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);  // RFC 4122: version 4
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  const auto all = std::span(bytes);
  root_options options;
  options.cluster_id = uuid(all.first<16>());
  options.not_before_unix_s = unix_s;
  for (const auto byte : all.subspan<16, serial_bits / 8>())
    options.serial_number = options.serial_number << 8 | byte;
  options.serial_number |= 1;
  options.name_part = hex(all.last<4>(), "");
  return options;
}

}  // namespace troupe::actors
