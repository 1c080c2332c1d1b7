#include "actors/leader/certificate_authority.hpp"

#include <memory>
#include <set>

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "messages/json_codec.hpp"

namespace troupe::actors {
namespace {

constexpr std::int64_t now_s = 1'795'360'562;
const std::string cluster = "11111111-2222-3333-4444-555555555555";

class certificate_authority_test : public testing::Test {
 protected:
  certificate_authority_test() {
    root_options options = random_root_options(now_s);
    options.cluster_id = cluster;
    auto set = make_root(options);
    EXPECT_TRUE(set);
    made = *set;
    certificate.reset(
        PEM_read_bio_X509(memory(made.root().root_cert()).get(), nullptr, nullptr, nullptr));
    key.reset(PEM_read_bio_PrivateKey(memory(made.root().private_key()).get(), nullptr, nullptr,
                                      nullptr));
  }
  struct closer {
    void operator()(BIO* bio) const { BIO_free_all(bio); }
    void operator()(X509* x) const { X509_free(x); }
    void operator()(EVP_PKEY* pkey) const { EVP_PKEY_free(pkey); }
  };
  static std::unique_ptr<BIO, closer> memory(const std::string& text) {
    return std::unique_ptr<BIO, closer>(
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  }

  messages::CaRootSet made;
  std::unique_ptr<X509, closer> certificate;
  std::unique_ptr<EVP_PKEY, closer> key;
};

TEST_F(certificate_authority_test, openssl_verifies_the_root_with_its_own_key) {
  ASSERT_NE(certificate, nullptr);
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(X509_verify(certificate.get(), key.get()), 1);
  EXPECT_EQ(X509_check_private_key(certificate.get(), key.get()), 1);
  EXPECT_EQ(X509_check_ca(certificate.get()), 1);
  X509_STORE* trusted = X509_STORE_new();
  X509_STORE_add_cert(trusted, certificate.get());
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, trusted, certificate.get(), nullptr);
  X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context), now_s + 1);
  X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context), X509_V_FLAG_X509_STRICT);
  EXPECT_EQ(X509_verify_cert(context), 1)
      << X509_verify_cert_error_string(X509_STORE_CTX_get_error(context));
  X509_STORE_CTX_free(context);
  X509_STORE_free(trusted);
}

TEST_F(certificate_authority_test, names_itself_and_its_trust_domain) {
  char name[256];
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name,
                            sizeof(name));
  EXPECT_TRUE(std::string(name).starts_with("pri-"));
  EXPECT_TRUE(std::string(name).ends_with(".consul.ca.11111111.consul"));
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr));
  ASSERT_EQ(sk_GENERAL_NAME_num(names), 1);
  const auto* uri = sk_GENERAL_NAME_value(names, 0)->d.uniformResourceIdentifier;
  EXPECT_EQ(
      std::string(reinterpret_cast<const char*>(uri->data), static_cast<std::size_t>(uri->length)),
      "spiffe://" + cluster + ".consul");
  GENERAL_NAMES_free(names);
}

TEST_F(certificate_authority_test, writes_ids_as_consul_does) {
  const auto& root = made.root();
  EXPECT_EQ(root.id().size(), 20 * 3 - 1U);
  EXPECT_EQ(root.signing_key_id().size(), 32 * 3 - 1U);
  EXPECT_EQ(root.name(), "Consul CA Primary Cert");
  EXPECT_EQ(root.not_after() - root.not_before(), 3650LL * 86400 * 1'000'000'000);
  EXPECT_EQ(root.external_trust_domain(), cluster);
  EXPECT_TRUE(root.active());
  std::string subject_key_id;
  const auto* octets = X509_get0_subject_key_id(certificate.get());
  for (int i = 0; i < ASN1_STRING_length(octets); ++i) {
    char hex[4];
    std::snprintf(hex, sizeof(hex), i > 0 ? ":%02x" : "%02x", ASN1_STRING_get0_data(octets)[i]);
    subject_key_id += hex;
  }
  EXPECT_EQ(root.signing_key_id(), subject_key_id);
}

TEST_F(certificate_authority_test, the_private_key_is_never_in_what_clients_read) {
  messages::CaRoots roots;
  *roots.add_roots() = made.root();
  const auto json = messages::to_json(roots);
  EXPECT_NE(json.find("BEGIN CERTIFICATE"), std::string::npos);
  EXPECT_EQ(json.find("PRIVATE KEY"), std::string::npos);
  EXPECT_EQ(json.find("rivateKey\""), std::string::npos);
}

TEST(random_root_options, differ_every_time) {
  std::set<std::string> ids;
  std::set<std::uint64_t> serials;
  for (int i = 0; i < 100; ++i) {
    const auto options = random_root_options(now_s);
    ids.insert(options.cluster_id);
    serials.insert(options.serial_number);
    EXPECT_EQ(options.cluster_id.size(), 36U);
    EXPECT_EQ(options.cluster_id[14], '4');
    EXPECT_GT(options.serial_number, 0U);
    EXPECT_LT(options.serial_number, std::uint64_t{1} << 32);
  }
  EXPECT_EQ(ids.size(), 100U);
  EXPECT_EQ(serials.size(), 100U);
}

}  // namespace
}  // namespace troupe::actors
