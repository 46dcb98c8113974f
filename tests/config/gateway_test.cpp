#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/config/problems.h"

namespace tidegate::config {
namespace {

/// A Gateway with one server; `server` in flow style, in line 6.
std::string with_server(std::string_view server) {
  return resource("Gateway", "  servers:\n  - " + std::string(server) + "\n");
}

struct Case {
  std::string_view server;
  std::string_view problems;
};

class GatewayServer : public ::testing::TestWithParam<Case> {};

TEST_P(GatewayServer, IsJudged) {
  EXPECT_EQ(problems_of(with_server(GetParam().server)), GetParam().problems) << GetParam().server;
}

INSTANTIATE_TEST_SUITE_P(
    Good, GatewayServer,
    ::testing::Values(
        Case{"{port: {number: 80, name: a, protocol: HTTP}, hosts: ['*']}", ""},
        Case{"{port: {number: \"80\", name: a, protocol: http2}, hosts: [ns/a.com, ./b.com]}", ""},
        Case{"{port: {number: 80, name: a, protocol: grpc-WEB}, hosts: [A.com], bind: '::'}", ""},
        Case{
            "{port: {number: 80, name: a, protocol: HTTP}, hosts: [a], tls: {https_redirect: yes}}",
            ""},
        Case{"{port: {number: 80, name: a, protocol: HTTP}, hosts: [a], tls: {mode: PASSTHROUGH}}",
             ""},
        Case{"{port: {number: 1, name: a, protocol: https}, hosts: [a], "
             "tls: {mode: 1, credentialName: c, minProtocolVersion: TLSV1_3}}",
             ""},
        Case{"{port: {number: 1, name: a, protocol: HTTPS}, hosts: [a], "
             "tls: {mode: SIMPLE, credential_names: [rsa, ecdsa], max_protocol_version: null}}",
             ""}));

INSTANTIATE_TEST_SUITE_P(
    Bad, GatewayServer,
    ::testing::Values(
        Case{"{port: {number: 0, name: a, protocol: HTTP}, hosts: [a]}",
             "error f:6:21: spec.servers[0].port.number: expected a whole number, 1 to 65535; "
             "found \"0\"\n"},
        Case{"{port: {number: 65536, name: a, protocol: HTTP}, hosts: [a]}",
             "error f:6:21: spec.servers[0].port.number: expected a whole number, 1 to 65535; "
             "found \"65536\"\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTP, targetPort: 1}, hosts: [a]}",
             "error f:6:62: spec.servers[0].port.targetPort: deprecated and rejected by Istio; use "
             "the settings' gateway.port_map\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTPX}, hosts: [a]}",
             "error f:6:44: spec.servers[0].port.protocol: expected HTTP, HTTPS, HTTP2, GRPC, "
             "GRPC-WEB, TCP, TLS or MONGO; found \"HTTPX\"\n"},
        Case{"{port: {number: 80, protocol: HTTP}, hosts: [a]}",
             "error f:6:12: spec.servers[0].port: `name` is missing\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTP}}",
             "error f:6:5: spec.servers[0]: `hosts` is missing\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTP}, hosts: []}",
             "error f:6:58: spec.servers[0].hosts: a server needs at least one host\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTP}, hosts: ['a.*']}",
             "error f:6:59: spec.servers[0].hosts[0]: expected a host such as www.example.com, "
             "*.example.com, * or namespace/host; found \"a.*\"\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTP}, hosts: [a], "
             "tls: {httpsRedirect: true, mode: SIMPLE}}",
             "error f:6:96: spec.servers[0].tls.mode: a plain HTTP server may only have "
             "httpsRedirect; use protocol HTTPS\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTPS}, hosts: [a]}",
             "error f:6:5: spec.servers[0]: an HTTPS server needs `tls`\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTPS}, hosts: [a], tls: {mode: SIMPLE}}",
             "error f:6:69: spec.servers[0].tls: mode SIMPLE needs a certificate: credentialName, "
             "or serverCertificate and privateKey\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTPS}, hosts: [a], "
             "tls: {mode: SIMPLE, credentialName: a, serverCertificate: b, privateKey: c}}",
             "error f:6:69: spec.servers[0].tls: more than one source of certificates; keep one of "
             "credentialName, credentialNames, tlsCertificates, serverCertificate with "
             "privateKey\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTPS}, hosts: [a], "
             "tls: {mode: SIMPLE, credentialName: a, minProtocolVersion: TLSV1_3, "
             "maxProtocolVersion: TLSV1_2}}",
             "error f:6:69: spec.servers[0].tls: minProtocolVersion (default TLSV1_2) is above "
             "maxProtocolVersion\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTPS}, hosts: [a], "
             "tls: {mode: Simple, credentialName: a}}",
             "error f:6:76: spec.servers[0].tls.mode: expected PASSTHROUGH, SIMPLE, MUTUAL, "
             "AUTO_PASSTHROUGH, ISTIO_MUTUAL or OPTIONAL_MUTUAL; found \"Simple\"\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTPS}, hosts: [a], "
             "tls: {mode: SIMPLE, serverCertificate: /no/cert.pem, privateKey: /no/key.pem}}",
             "error f:6:103: spec.servers[0].tls.serverCertificate: cannot read /no/cert.pem: No "
             "such file or directory\n"
             "error f:6:129: spec.servers[0].tls.privateKey: cannot read /no/key.pem: No such file "
             "or directory\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTP}, hosts: [a], bind: eth0}",
             "error f:6:69: spec.servers[0].bind: expected an IP address; found \"eth0\"\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTP}, hosts: [a], hotss: [b]}",
             "warning f:6:63: spec.servers[0].hotss: unknown field, ignored; did you mean "
             "`hosts`?\n"},
        Case{"[]", "error f:6:5: spec.servers[0]: expected a mapping; found a list\n"}));

INSTANTIATE_TEST_SUITE_P(
    LeftOut, GatewayServer,
    ::testing::Values(
        Case{"{port: {number: 80, name: a, protocol: TCP}, hosts: [a]}",
             "warning f:6:44: not supported yet: spec.servers[0].port.protocol; the server is left "
             "out\n"},
        Case{"{port: {number: 80, name: a, protocol: Mongo}, hosts: [a]}",
             "warning f:6:44: not supported yet: spec.servers[0].port.protocol; the server is left "
             "out\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTPS}, hosts: [a], "
             "tls: {mode: MUTUAL, credentialName: a}}",
             "warning f:6:76: not supported yet: spec.servers[0].tls.mode; the server is left "
             "out\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTPS}, hosts: [a], tls: {credentialName: a}}",
             "warning f:6:69: not supported yet: spec.servers[0].tls.mode; without a mode Istio "
             "means PASSTHROUGH, so the server is left out. To terminate TLS here, set mode: "
             "SIMPLE\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTP}, hosts: [a], bind: 'unix:///s'}",
             "warning f:6:69: not supported yet: spec.servers[0].bind; the server is left out\n"}));

TEST(Gateway, UnsupportedServersAreNotAmongTheServers) {
  auto const result =
      loaded(resource("Gateway",
                      "  servers:\n"
                      "  - {port: {number: 1, name: a, protocol: TLS}, hosts: [a]}\n"
                      "  - {port: {number: 2, name: b, protocol: HTTP}, hosts: [B]}\n"));
  ASSERT_EQ(result.documents.gateways.size(), 1u);
  ASSERT_EQ(result.documents.gateways[0].servers.size(), 1u);
  EXPECT_EQ(result.documents.gateways[0].servers[0].port.number, 2u);
  EXPECT_EQ(result.documents.gateways[0].servers[0].hosts[0].value, "b");
}

TEST(Gateway, PortNamesAreUnique) {
  EXPECT_EQ(problems_of(resource("Gateway",
                                 "  servers:\n"
                                 "  - {port: {number: 1, name: a, protocol: HTTP}, hosts: [a]}\n"
                                 "  - {port: {number: 2, name: a, protocol: HTTP}, hosts: [b]}\n")),
            "error f:7:30: spec.servers[1].port.name: another server of this Gateway has the port "
            "name \"a\"\n");
}

TEST(Gateway, NeedsServersAndALabelAsName) {
  EXPECT_EQ(problems_of(resource("Gateway", "  selector: {a: b}\n")),
            "error f:5:3: spec: `servers` is missing\n");
  EXPECT_EQ(problems_of("apiVersion: networking.istio.io/v1\nkind: Gateway\n"
                        "metadata: {name: a.b}\nspec: {servers: []}\n"),
            "error f:3:18: metadata.name: expected a name of lower-case letters, digits and `-`; "
            "found \"a.b\"\n"
            "error f:4:17: spec.servers: a Gateway needs at least one server\n");
}

TEST(Gateway, CertificateFilesAreRead) {
  auto const folder = std::filesystem::temp_directory_path() /
                      ("tidegate-gateway-test-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "cert.pem") << "CERT";
  std::ofstream(folder / "key.pem") << "KEY";
  auto const result = loaded(with_server(
      "{port: {number: 80, name: a, protocol: HTTPS}, hosts: [a], tls: {mode: SIMPLE, "
      "serverCertificate: " +
      (folder / "cert.pem").string() + ", privateKey: " + (folder / "key.pem").string() + "}}"));
  std::filesystem::remove_all(folder);
  EXPECT_EQ(result.problems, std::vector<std::string>());
  auto const& certificates = result.documents.gateways.at(0).servers.at(0).tls.certificates;
  ASSERT_EQ(certificates.size(), 1u);
  EXPECT_EQ(certificates[0].certificate, "CERT");
  EXPECT_EQ(certificates[0].key, "KEY");
  EXPECT_EQ(certificates[0].origin.path, "spec.servers[0].tls.serverCertificate");
}

}  // namespace
}  // namespace tidegate::config
