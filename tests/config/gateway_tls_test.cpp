#include <gtest/gtest.h>

#include "config/document.h"
#include "config/istio/decode.h"
#include "tests/config/pem_files.h"
#include "tests/config/problems.h"

namespace tidegate::config {
namespace {

using istio::ClientAuthentication;
using istio::ServerTls;
using istio::TlsMode;

/// A Gateway with one server, whose `tls` in flow style stands in line 6 from column 69.
std::string with_tls(std::string_view fields) {
  return resource(
      "Gateway",
      "  servers:\n  - {port: {number: 80, name: a, protocol: HTTPS}, hosts: [a], tls: {" +
          std::string(fields) + "}}\n");
}

/// The part that judges clients, of a server that has no Secret. Whether the mode is served does
/// not matter here.
ClientAuthentication clients_of(std::string const& fields) {
  Diagnostics diagnostics;
  std::string const file = "f";
  auto const roots = parse_documents(file, "{" + fields + "}\n", diagnostics);
  Context context{diagnostics, {}};
  Fields reader(Value(roots.at(0), "tls", context));
  ServerTls tls;
  tls.mode = TlsMode::mutual;
  auto clients = istio::read_client_authentication(reader, tls);
  EXPECT_FALSE(diagnostics.has_errors()) << problem_texts(diagnostics).front();
  return clients;
}

TEST(GatewayTls, CertificateFilesAreRead) {
  PemFiles files;
  auto const result =
      loaded(with_tls("mode: SIMPLE, serverCertificate: " + files.add("cert", "CERT") +
                      ", privateKey: " + files.add("key", "KEY")));
  EXPECT_EQ(result.problems, std::vector<std::string>());
  auto const& certificates = result.documents.gateways.at(0).servers.at(0).tls.certificates;
  ASSERT_EQ(certificates.size(), 1u);
  EXPECT_EQ(certificates[0].certificate, "CERT");
  EXPECT_EQ(certificates[0].key, "KEY");
  EXPECT_EQ(certificates[0].origin.path, "spec.servers[0].tls.serverCertificate");
}

TEST(GatewayTls, TwoCertificatesMayBeFiles) {
  PemFiles files;
  std::string const pair = "{serverCertificate: " + files.add("cert", "CERT") +
                           ", privateKey: " + files.add("key", "KEY") + "}";
  auto const result =
      loaded(with_tls("mode: SIMPLE, tlsCertificates: [" + pair + ", " + pair + "]"));
  EXPECT_EQ(result.problems, std::vector<std::string>());
  EXPECT_EQ(result.documents.gateways.at(0).servers.at(0).tls.certificates.size(), 2u);
}

TEST(GatewayTls, HowClientsAreJudgedIsRead) {
  PemFiles files;
  auto clients = clients_of("caCertificates: " + files.add("ca", "CA") +
                            ", caCrl: " + files.add("crl", "CRL") + ", subjectAltNames: [a, b]");
  EXPECT_EQ(clients.ca_certificates, "CA");
  EXPECT_EQ(clients.ca_crl, "CRL");
  EXPECT_EQ(clients.subject_alt_names, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(clients.skips_verification);
  clients = clients_of("ca_cert_credential_name: ca, insecureSkipVerify: true");
  EXPECT_EQ(clients.ca_credential_name.value, "ca");
  EXPECT_TRUE(clients.skips_verification);
}

TEST(GatewayTls, HashesBecomeBytes) {
  std::string hex;
  std::string colons;
  std::string bytes;
  for (int i = 0; i < 32; ++i) {
    hex += i % 2 == 0 ? "aB" : "01";
    colons += (i == 0 ? "" : ":") + std::string(i % 2 == 0 ? "Ab" : "01");
    bytes += i % 2 == 0 ? '\xab' : '\x01';
  }
  auto const clients =
      clients_of("caCertCredentialName: ca, verifyCertificateHash: ['" + hex + "', '" + colons +
                 "'], verifyCertificateSpki: ['" + std::string(43, 'A') + "=']");
  EXPECT_EQ(clients.certificate_hashes, (std::vector<std::string>{bytes, bytes}));
  EXPECT_EQ(clients.spki_hashes, std::vector<std::string>{std::string(32, '\0')});
}

struct Case {
  std::string fields;
  std::string mistakes;
};

TEST(GatewayTls, IsChecked) {
  std::string const hash_form = "expected a SHA-256 hash of 32 bytes in ";
  Case const cases[] = {
      {"mode: MUTUAL, credentialName: c", ""},
      {"mode: OPTIONAL_MUTUAL, credentialName: c, caCertCredentialName: ca", ""},
      {"mode: PASSTHROUGH", ""},
      {"mode: AUTO_PASSTHROUGH",
       "warning f:6:76: spec.servers[0].tls.mode: the server is left out: AUTO_PASSTHROUGH joins "
       "the clusters of a mesh, by names that its control plane makes. Use PASSTHROUGH with tls "
       "routes in a VirtualService\n"},
      {"mode: ISTIO_MUTUAL",
       "warning f:6:76: spec.servers[0].tls.mode: the server is left out: ISTIO_MUTUAL needs the "
       "certificates of a mesh, which this gateway is not part of. Use MUTUAL with a certificate "
       "and a CA of your own\n"},
      {"credentialName: c",
       "warning f:6:69: spec.servers[0].tls: mode PASSTHROUGH, which no mode means, decrypts "
       "nothing: `credentialName` is not used. To terminate TLS here, set mode: SIMPLE\n"},
      {"mode: SIMPLE, credentialName: c, caCertificates: /no/ca",
       "warning f:6:119: spec.servers[0].tls.caCertificates: has no effect: only MUTUAL and "
       "OPTIONAL_MUTUAL ask for certificates\n"},
      {"mode: SIMPLE, credentialName: c, caCrl: /no/crl",
       "error f:6:110: spec.servers[0].tls.caCrl: a revocation list judges client certificates; "
       "use MUTUAL or OPTIONAL_MUTUAL\n"},
      {"mode: MUTUAL, credentialNames: [c, d, e]",
       "error f:6:101: spec.servers[0].tls.credentialNames: expected one or two entries (RSA and "
       "ECDSA)\n"},
      {"mode: MUTUAL, tlsCertificates: []",
       "error f:6:101: spec.servers[0].tls.tlsCertificates: expected one or two entries (RSA and "
       "ECDSA)\n"
       "error f:6:69: spec.servers[0].tls: a mode that asks for client certificates needs a CA: "
       "caCertificates, caCertCredentialName, or a credentialName whose Secret has one\n"},
      {"mode: MUTUAL, credentialName: c, caCertificates: /no/ca, caCertCredentialName: d",
       "error f:6:69: spec.servers[0].tls: caCertificates and caCertCredentialName exclude each "
       "other\n"
       "error f:6:119: spec.servers[0].tls.caCertificates: cannot read /no/ca: No such file or "
       "directory\n"},
      {"mode: MUTUAL, credentialName: c, verifyCertificateSpki: [YQ==]",
       "error f:6:127: spec.servers[0].tls.verifyCertificateSpki[0]: " + hash_form +
           "base64; found \"YQ==\"\n"},
      {"mode: MUTUAL, credentialName: c, verifyCertificateHash: [ab]",
       "error f:6:127: spec.servers[0].tls.verifyCertificateHash[0]: " + hash_form +
           "hexadecimal digits; found \"ab\"\n"},
      {"mode: MUTUAL, credentialName: c, insecureSkipVerify: true",
       "warning f:6:123: spec.servers[0].tls.insecureSkipVerify: whatever certificate a client "
       "shows is believed\n"},
      {"mode: SIMPLE, credentialName: c, httpsRedirect: true",
       "warning f:6:118: spec.servers[0].tls.httpsRedirect: has no effect: this server speaks TLS "
       "already\n"},
      {"mode: SIMPLE, credentialName: c, cipherSuites: [A, A]",
       "warning f:6:121: spec.servers[0].tls.cipherSuites[1]: given twice\n"},
  };
  for (auto const& [fields, mistakes] : cases) {
    EXPECT_EQ(mistakes_of(with_tls(fields)), mistakes) << fields;
  }
}

}  // namespace
}  // namespace tidegate::config
