#include "gateway/downstream/forwarded_certificate.h"

#include <gtest/gtest.h>

namespace tidegate::gateway {
namespace {

using tls::PeerCertificate;

TEST(ForwardedCertificate, HasEnvoysElementsInEnvoysOrder) {
  PeerCertificate certificate;
  certificate.hash = "00ff";
  certificate.subject = "/C=US/CN=client";
  certificate.uris = {"spiffe://mesh/ns/a/sa/b"};
  certificate.dns_names = {"client.example", "*.other.example"};
  certificate.pem = "-----BEGIN X-----\na+/=\n";
  EXPECT_EQ(forwarded_certificate(certificate),
            "Hash=00ff;Cert=\"-----BEGIN%20X-----%0Aa%2B%2F%3D%0A\";Subject=\"/C=US/CN=client\";"
            "URI=spiffe://mesh/ns/a/sa/b;DNS=client.example;DNS=*.other.example");
}

TEST(ForwardedCertificate, NamesCannotLeaveTheirElement) {
  struct Case {
    std::string name, expected;
  };
  for (Case const& c :
       {Case{"a,b", R"("a,b")"}, Case{"a;Hash=1", R"("a;Hash=1")"}, Case{R"(a"b)", R"("a\"b")"},
        Case{R"(a\)", R"("a\\")"}, Case{R"(a\";URI=evil)", R"("a\\\";URI=evil")"}}) {
    PeerCertificate certificate;
    certificate.subject = c.name;
    certificate.uris = {c.name};
    EXPECT_EQ(forwarded_certificate(certificate),
              "Hash=;Cert=\"\";Subject=" + c.expected + ";URI=" + c.expected);
  }
}

}  // namespace
}  // namespace tidegate::gateway
