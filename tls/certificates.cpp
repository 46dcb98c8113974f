#include "tls/certificates.h"

#include <cstdint>
#include <new>
#include <utility>

#include "tls/context.h"

namespace tidegate::tls {
namespace {

class ServerCertificates final : public Certificates {
 public:
  explicit ServerCertificates(ContextPtr front) : front_(std::move(front)) {}

  [[nodiscard]] Session accept(int socket) const override {
    SSL* const ssl = SSL_new(front_.get());
    if (ssl == nullptr) throw std::bad_alloc();
    SSL_set_accept_state(ssl);
    return {ssl, socket};
  }

 private:
  ContextPtr front_;
};

}  // namespace

std::shared_ptr<Certificates const> Certificates::create(
    std::vector<config::TlsServer> const& servers, TicketKeys const& keys,
    config::Diagnostics& diagnostics) {
  ServerChoice choice;
  bool is_good = true;
  for (auto const& server : servers) {
    auto const number = static_cast<std::uint32_t>(choice.servers.size());
    for (auto const& host : server.hosts) choice.names.add(host, number);
    choice.servers.push_back(make_server_context(server, keys, diagnostics));
    is_good = is_good && choice.servers.back().context;
  }
  if (!is_good) return nullptr;
  return std::make_shared<ServerCertificates>(make_front_context(std::move(choice), keys));
}

}  // namespace tidegate::tls
