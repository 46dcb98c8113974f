#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "gateway/commands/commands.h"
#include "gateway/commands/demo_resources.h"
#include "gateway/commands/inline_config.h"
#include "gateway/gateway.h"

namespace tidegate::gateway {
namespace {

/// An origin of the demo's own: says who it is and what it was asked.
LocalAnswer answer(http::RequestHead const& request, std::uint16_t port) {
  boost::json::object headers;
  for (auto const& field : request.headers) headers[field.name] = field.value;
  boost::json::value const body = {{"service", "fdr-backend"},
                                   {"version", "v3.0.0"},
                                   {"endpoint", "127.0.0.1:" + std::to_string(port)},
                                   {"method", request.method},
                                   {"path", request.target},
                                   {"headers", std::move(headers)}};
  return {200, boost::json::serialize(body) + "\n", "application/json"};
}

/// Two endpoints of fdr-backend, in a thread of their own.
class Origins {
 public:
  Origins() {
    for (auto& port : ports) {
      port = free_port(static_cast<std::uint16_t>(9001 + (&port - ports)));
      services_.push_back(std::make_unique<LocalService>(
          loop_, "127.0.0.1:" + std::to_string(port),
          [at = port](http::RequestHead const& request) { return answer(request, at); }));
    }
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Origins() {
    loop_.stop();
    thread_.join();
  }
  std::uint16_t ports[2]{};

 private:
  EventLoop loop_;
  std::vector<std::unique_ptr<LocalService>> services_;
  std::thread thread_;
};

/// A file that curl can check the certificate with; gone when the demo is.
class CertificateFile {
 public:
  explicit CertificateFile(std::string const& pem) {
    auto pattern = (std::filesystem::temp_directory_path() / "tidegate-demo-XXXXXX").string();
    int const fd = ::mkstemp(pattern.data());
    if (fd < 0) throw std::runtime_error("cannot write " + pattern);
    ::close(fd);
    path_ = pattern;
    std::ofstream(path_) << pem;
  }
  ~CertificateFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  [[nodiscard]] std::string const& path() const { return path_; }

 private:
  std::string path_;
};

struct Ports {
  std::uint16_t http = free_port(8080);
  std::uint16_t https = free_port(8443);
  std::uint16_t admin = free_port(9901);
  std::uint16_t observability = free_port(9902);
};

std::string endpoint(std::uint16_t port, std::string_view zone) {
  return "  - {address: 127.0.0.1, ports: {http: " + std::to_string(port) +
         "}, labels: {app: fdr-backend, version: v3.0.0}, locality: us-east-1/" +
         std::string(zone) + "}\n";
}

std::string configuration(Ports const& ports, Origins const& origins, bool access_log,
                          std::string& certificate) {
  return "gateway:\n  name: demo\n  bind: 127.0.0.1\n  drain_timeout: 5s\n  port_map: {80: " +
         std::to_string(ports.http) + ", 443: " + std::to_string(ports.https) +
         "}\nadmin: {address: \"127.0.0.1:" + std::to_string(ports.admin) +
         "\"}\nobservability: {address: \"127.0.0.1:" + std::to_string(ports.observability) +
         "\"}\naccess_log: {path: " + (access_log ? "/dev/stdout" : "\"off\"") + "}\n" +
         self_signed_secret("fdr-tls-secret", "free-deep-research", certificate) +
         "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\n"
         "metadata: {name: fdr-backend, namespace: free-deep-research}\nspec:\n  hosts: "
         "[fdr-backend]\n"
         "  ports: [{number: 8080, name: http, protocol: HTTP}]\n  resolution: STATIC\n  "
         "endpoints:\n" +
         endpoint(origins.ports[0], "us-east-1a") + endpoint(origins.ports[1], "us-east-1b") +
         "---\n" + std::string(demo_istio_yaml());
}

void introduce(Ports const& ports, std::string const& certificate_file) {
  constexpr char const* host = "api.freedeepresearch.org";
  std::printf(
      "The deployment of examples/free-deep-research is up: HTTP on %u, HTTPS on %u, two origins "
      "behind it.\n\n"
      "A plain request is redirected to HTTPS:\n"
      "  curl -i --resolve %s:%u:127.0.0.1 http://%s:%u/api/v1/research\n\n"
      "HTTPS reaches the backend:\n"
      "  curl --cacert %s --resolve %s:%u:127.0.0.1 https://%s:%u/api/v1/research\n\n"
      "What the gateway saw:\n"
      "  curl http://127.0.0.1:%u/metrics\n\n"
      "Ctrl-C ends it.\n",
      ports.http, ports.https, host, ports.http, host, ports.http, certificate_file.c_str(), host,
      ports.https, host, ports.https, ports.observability);
  std::fflush(stdout);
}

}  // namespace

int demo_command(DemoOptions const& options) {
  // Before the origins' thread exists: signals belong to the gateway's.
  Gateway::block_signals();
  Origins const origins;
  Ports const ports;
  std::string certificate;
  auto const yaml = configuration(ports, origins, options.access_log, certificate);
  CertificateFile const file(certificate);
  Gateway gateway(
      [&yaml](config::Diagnostics& diagnostics) {
        return config::load_text("demo", yaml, diagnostics);
      },
      [&] { introduce(ports, file.path()); });
  return gateway.run();
}

}  // namespace tidegate::gateway
