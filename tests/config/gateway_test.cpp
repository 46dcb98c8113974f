#include <gtest/gtest.h>

#include "config/istio/not_served.h"
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
  EXPECT_EQ(mistakes_of(with_server(GetParam().server)), GetParam().problems) << GetParam().server;
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
             "error f:6:5: spec.servers[0]: a server of protocol HTTPS or TLS needs `tls`\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTPS}, hosts: [a], tls: {mode: SIMPLE}}",
             "error f:6:69: spec.servers[0].tls: a server that terminates TLS needs a certificate: "
             "credentialName, or serverCertificate and privateKey\n"},
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
        Case{"{port: {name: a, protocol: HTTP}, hosts: [a], bind: 'unix://s'}",
             "error f:6:57: spec.servers[0].bind: expected unix:///PATH or unix://@NAME, up to 107 "
             "bytes; found \"unix://s\"\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTP}, hosts: [a], bind: 'unix:///s'}",
             "error f:6:21: spec.servers[0].port.number: expected a whole number, 0 to 0; found "
             "\"80\"\n"},
        Case{"{port: {number: 80, name: a, protocol: HTTP}, hosts: [a], defaultEndpoint: x}",
             "warning f:6:80: spec.servers[0].defaultEndpoint: has no effect: Istio does not "
             "implement it either; write a VirtualService\n"},
        Case{"[]", "error f:6:5: spec.servers[0]: expected a mapping; found a list\n"}));

TEST(Gateway, WhatIsNotServedYetIsLeftOutAndTheRestStays) {
  std::string yaml = "  servers:\n";
  std::string expected;
  int line = 6;
  auto const add = [&](std::string const& server, std::string const& path) {
    yaml += "  - " + server + "\n";
    expected +=
        "not supported yet: spec.servers[" + std::to_string(line++ - 6) + "]." + path + '\n';
  };
  if (istio::not_served::unix_binds) {
    add("{port: {name: u, protocol: HTTP}, hosts: [a], bind: 'unix:///s'}",
        "bind; the server is left out");
  }
  yaml += "  - {port: {number: 2, name: b, protocol: HTTP}, hosts: [B]}\n";
  auto const result = loaded(resource("Gateway", yaml));
  std::string reports;
  for (std::string const& problem : result.problems) {
    auto const at = problem.find("not supported yet: ");
    if (at != problem.npos) reports += problem.substr(at) + '\n';
  }
  EXPECT_EQ(reports, expected);
  ASSERT_EQ(result.documents.gateways.at(0).servers.size(), 1u);
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

}  // namespace
}  // namespace tidegate::config
