#include <gtest/gtest.h>

#include "tests/config/problems.h"

namespace tidegate::config {
namespace {

Loaded secret(std::string_view fields) {
  return loaded("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ntype: Opaque\n" +
                std::string(fields));
}

TEST(Secret, CertAndKeyComeBeforeTlsCrtAndTlsKey) {
  auto result = secret("data: {tls.crt: YQ==, tls.key: Yg==}\n");
  EXPECT_EQ(result.problems, std::vector<std::string>());
  EXPECT_EQ(result.documents.secrets.at(0).certificate, "a");
  EXPECT_EQ(result.documents.secrets.at(0).key, "b");
  result = secret("data: {tls.crt: YQ==, tls.key: Yg==, cert: Yw==, key: ZA==}\n");
  EXPECT_EQ(result.documents.secrets.at(0).certificate, "c");
  EXPECT_EQ(result.documents.secrets.at(0).key, "d");
}

TEST(Secret, StringDataWins) {
  auto const result =
      secret("data: {tls.crt: YQ==, tls.key: Yg==}\nstringData: {tls.key: plain}\n");
  EXPECT_EQ(result.documents.secrets.at(0).certificate, "a");
  EXPECT_EQ(result.documents.secrets.at(0).key, "plain");
}

TEST(Secret, EmptyKeysAreAnErrorAndOthersAreNone) {
  EXPECT_EQ(secret("data: {tls.crt: '', tls.key: ''}\n").problems,
            std::vector<std::string>{
                "error f:1:1: found the keys \"tls.crt\" and \"tls.key\", but they were empty"});
  auto const result = secret("data: {password: YQ==}\n");
  EXPECT_EQ(result.problems, std::vector<std::string>());
  EXPECT_EQ(result.documents.secrets.at(0).certificate, "");
}

TEST(Secret, BadBase64IsAnErrorThatDoesNotShowTheValue) {
  EXPECT_EQ(secret("data:\n  tls.key: s3cret!\n").problems,
            std::vector<std::string>{
                "error f:6:12: data.tls.key: expected base64; use stringData for plain text"});
}

TEST(Secret, CacertComesBeforeCaCrt) {
  auto result = secret("stringData: {ca.crt: a, ca.crl: b}\n");
  EXPECT_EQ(result.problems, std::vector<std::string>());
  EXPECT_EQ(result.documents.secrets.at(0).ca_certificates, "a");
  EXPECT_EQ(result.documents.secrets.at(0).crl, "b");
  EXPECT_EQ(result.documents.secrets.at(0).certificate, "");
  result = secret("stringData: {ca.crt: a, ca.crl: b, cacert: c, crl: d}\n");
  EXPECT_EQ(result.documents.secrets.at(0).ca_certificates, "c");
  EXPECT_EQ(result.documents.secrets.at(0).crl, "d");
}

}  // namespace
}  // namespace tidegate::config
