#include "tls/self_signed.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

#include "tls/openssl.h"
#include "tls/pem.h"

namespace tidegate::tls {
namespace {

Credential read(SelfSigned const& made) {
  config::Diagnostics diagnostics;
  auto credential = read_credential({made.certificate, made.key, {}}, diagnostics);
  EXPECT_TRUE(diagnostics.all().empty());
  return credential;
}

TEST(SelfSigned, StandsForEachNameAndAddressGiven) {
  auto const made =
      make_self_signed({"localhost", "*.a.test", "127.0.0.1", "::1"}, std::chrono::hours(24));
  auto const credential = read(made);
  X509* const certificate = credential.certificate.get();
  ASSERT_NE(certificate, nullptr);
  EXPECT_EQ(X509_check_host(certificate, "localhost", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(certificate, "x.a.test", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(certificate, "b.test", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(certificate, "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate, "::1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate, "127.0.0.2", 0), 0);
}

TEST(SelfSigned, VerifiesAgainstItself) {
  auto const credential = read(make_self_signed({"localhost"}, std::chrono::hours(24)));
  std::unique_ptr<X509_STORE, Freed<X509_STORE_free>> const store(X509_STORE_new());
  std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>> const check(X509_STORE_CTX_new());
  ASSERT_EQ(X509_STORE_add_cert(store.get(), credential.certificate.get()), 1);
  ASSERT_EQ(X509_STORE_CTX_init(check.get(), store.get(), credential.certificate.get(), nullptr),
            1);
  X509_STORE_CTX_set_purpose(check.get(), X509_PURPOSE_SSL_SERVER);
  EXPECT_EQ(X509_verify_cert(check.get()), 1) << X509_STORE_CTX_get_error(check.get());
}

TEST(SelfSigned, LastsForAsLongAsAsked) {
  auto const credential = read(make_self_signed({"localhost"}, std::chrono::hours(48)));
  int days = 0;
  int seconds = 0;
  ASSERT_EQ(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(credential.certificate.get()),
                           X509_get0_notAfter(credential.certificate.get())),
            1);
  EXPECT_EQ(days * 24 + seconds / 3600, 49);
}

TEST(SelfSigned, HasAnotherSerialAndKeyEachTime) {
  auto const one = make_self_signed({"localhost"}, std::chrono::hours(1));
  auto const other = make_self_signed({"localhost"}, std::chrono::hours(1));
  EXPECT_NE(one.key, other.key);
  EXPECT_NE(ASN1_INTEGER_cmp(X509_get0_serialNumber(read(one).certificate.get()),
                             X509_get0_serialNumber(read(other).certificate.get())),
            0);
}

TEST(SelfSigned, TakesNamesTooLongForASubject) {
  std::string const name = std::string(60, 'a') + ".example.com";
  auto const credential = read(make_self_signed({name}, std::chrono::hours(1)));
  EXPECT_EQ(X509_check_host(credential.certificate.get(), name.data(), name.size(), 0, nullptr), 1);
}

TEST(SelfSigned, WithoutANameIsAnError) {
  EXPECT_THROW(static_cast<void>(make_self_signed({}, std::chrono::hours(1))), std::runtime_error);
}

}  // namespace
}  // namespace tidegate::tls
