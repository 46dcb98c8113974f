#include <charconv>
#include <cstdio>
#include <optional>
#include <string>

#include "gateway/commands/commands.h"
#include "gateway/commands/inline_config.h"
#include "gateway/gateway.h"

namespace tidegate::gateway {
namespace {

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

std::optional<HostPort> split(std::string const& text) {
  auto const colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  HostPort result{text.substr(0, colon), 0};
  auto const* const end = text.data() + text.size();
  auto const [rest, error] = std::from_chars(text.data() + colon + 1, end, result.port);
  if (error != std::errc{} || rest != end || result.port == 0) return std::nullopt;
  auto& host = result.host;
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  return result;
}

std::string http_server(bool wanted) {
  if (!wanted) return "";
  return "  - port: {number: 80, name: http, protocol: HTTP}\n"
         "    hosts: [\"*\"]\n"
         "    tls: {httpsRedirect: true}\n";
}

std::string configuration(HostPort const& to, HostPort const& from, std::uint16_t http_port) {
  auto const target = to.host.empty() ? std::string("127.0.0.1") : to.host;
  bool const is_address = SocketAddress::parse(target, 1).has_value();
  std::string certificate;
  return "gateway:\n  bind: \"" + (from.host.empty() ? "0.0.0.0" : from.host) +
         "\"\n  port_map: {80: " + std::to_string(http_port == 0 ? 80 : http_port) +
         ", 443: " + std::to_string(from.port) +
         "}\n"
         "admin: {address: \"127.0.0.1:" +
         std::to_string(free_port(9901)) +
         "\"}\n"
         "observability: {address: \"127.0.0.1:" +
         std::to_string(free_port(9902)) + "\"}\n" +
         self_signed_secret("proxy-tls", "default", certificate) +
         "---\n"
         "apiVersion: networking.istio.io/v1\n"
         "kind: Gateway\n"
         "metadata: {name: proxy}\n"
         "spec:\n"
         "  servers:\n"
         "  - port: {number: 443, name: https, protocol: HTTPS}\n"
         "    hosts: [\"*\"]\n"
         "    tls: {mode: SIMPLE, credentialName: proxy-tls}\n" +
         http_server(http_port != 0) +
         "---\n"
         "apiVersion: networking.istio.io/v1\n"
         "kind: VirtualService\n"
         "metadata: {name: proxy}\n"
         "spec:\n"
         "  hosts: [\"*\"]\n"
         "  gateways: [proxy]\n"
         "  http:\n"
         "  - route: [{destination: {host: origin, port: {number: " +
         std::to_string(to.port) +
         "}}}]\n"
         "---\n"
         "apiVersion: networking.istio.io/v1\n"
         "kind: ServiceEntry\n"
         "metadata: {name: origin}\n"
         "spec:\n"
         "  hosts: [origin]\n"
         "  ports: [{number: " +
         std::to_string(to.port) +
         ", name: http, protocol: HTTP}]\n"
         "  resolution: " +
         (is_address ? "STATIC" : "DNS") +
         "\n"
         "  endpoints: [{address: \"" +
         target + "\"}]\n";
}

}  // namespace

int proxy_command(ProxyOptions const& options) {
  auto const to = split(options.to);
  if (!to) {
    std::fprintf(stderr, "tidegate proxy: --to %s: expected HOST:PORT or :PORT\n",
                 options.to.c_str());
    return 2;
  }
  auto const from = split(options.from);
  if (!from) {
    std::fprintf(stderr, "tidegate proxy: --from %s: expected ADDRESS:PORT or :PORT\n",
                 options.from.c_str());
    return 2;
  }
  auto const yaml = configuration(*to, *from, options.http_port);
  Gateway gateway(
      [yaml](config::Diagnostics& diagnostics) {
        return config::load_text("proxy", yaml, diagnostics);
      },
      [&] {
        std::printf("https://localhost:%u → %s\n", from->port, options.to.c_str());
        if (options.http_port != 0)
          std::printf("http://localhost:%u redirects to it\n", options.http_port);
        std::printf("The certificate is self-signed: try  curl -k https://localhost:%u/\n",
                    from->port);
        std::fflush(stdout);
      });
  return gateway.run();
}

}  // namespace tidegate::gateway
