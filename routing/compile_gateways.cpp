#include "routing/compile_gateways.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "routing/compile_hosts.h"
#include "routing/compile_tls.h"
#include "routing/server_groups.h"

namespace tidegate::routing {

namespace {

using config::istio::Gateway;
using config::istio::Server;

/// The SNI patterns of a server, without those that another server of the port has already.
class SniHosts {
 public:
  explicit SniHosts(Report& report) : report_(report) {}

  std::vector<std::string> claim(ServerGroup::Member const& member) {
    std::vector<std::string> hosts;
    for (auto const& written : member.server->hosts) {
      std::string const name(
          parse_server_host(written.value, member.gateway->metadata.name_space).name);
      auto const [owner, is_new] = owners_.try_emplace(name, Owner{member.server, &written.origin});
      if (is_new)
        hosts.push_back(name);
      else if (owner->second.server != member.server)
        report_.error(written.origin, "the server at " + text_of(owner->second.origin->where) +
                                          " has host " + name +
                                          " on this port already; a TLS host can have one "
                                          "server only");
    }
    return hosts;
  }

 private:
  struct Owner {
    Server const* server;
    config::Origin const* origin;
  };
  Report& report_;
  std::map<std::string, Owner> owners_;
};

class ListenerBuilder {
 public:
  ListenerBuilder(config::Documents const& documents, Bindings const& bindings,
                  RouteCompiler& routes, Report& report)
      : documents_(documents), bindings_(bindings), routes_(routes), report_(report) {}

  [[nodiscard]] Listener build(ServerGroup const& group) {
    Listener listener{.address = group.address,
                      .port = group.port,
                      .declared_port = group.declared_port,
                      .is_tls = group.is_tls(),
                      .tables = {},
                      .tls_servers = {}};
    if (listener.is_tls)
      add_tls_servers(group, listener);
    else
      listener.tables.push_back(table_of(group, group.members));
    return listener;
  }

 private:
  void add_tls_servers(ServerGroup const& group, Listener& listener) {
    SniHosts sni(report_);
    for (ServerGroup::Member const& member : group.members) {
      auto hosts = sni.claim(member);
      RouteTable table = table_of(group, {member});  // its mistakes show even without credentials
      auto server = compile_tls_server(*member.gateway, *member.server, std::move(hosts),
                                       documents_.secrets, report_);
      if (!server) continue;
      listener.tls_servers.push_back(std::move(*server));
      listener.tables.push_back(std::move(table));
    }
  }

  RouteTable table_of(ServerGroup const& group, std::vector<ServerGroup::Member> const& members) {
    TableBuilder builder(group.declared_port, bindings_, documents_.settings.gateway);
    for (ServerGroup::Member const& member : members) builder.add(*member.gateway, *member.server);
    return builder.build(routes_, report_);
  }

  config::Documents const& documents_;
  Bindings const& bindings_;
  RouteCompiler& routes_;
  Report& report_;
};

/// How well a TLS listener suits the redirects of a plain-text host; 0 = not at all.
int suitability(Listener const& tls, Listener const& plain, std::string const& host) {
  if (!tls.is_tls) return 0;
  int fit = 0;
  for (auto const& server : tls.tls_servers)
    for (std::string const& name : server.hosts) {
      // A pattern that covers the host serves all its redirects, a narrower one some of them.
      if (covers(name, host)) fit = std::max(fit, 2);
      if (covers(host, name)) fit = std::max(fit, 1);
    }
  if (fit == 0) return 0;
  return fit * 4 + (tls.address == plain.address ? 2 : 0) + (tls.declared_port == 443 ? 1 : 0);
}

void lead_redirects(std::vector<Listener>& listeners) {
  for (Listener& plain : listeners) {
    if (plain.is_tls) continue;
    for (VirtualHost& host : plain.tables.front().hosts) {
      int best = 0;
      for (Listener const& tls : listeners) {
        int const fit = suitability(tls, plain, host.name);
        if (fit <= best) continue;
        best = fit;
        host.https_port = tls.port;
      }
    }
  }
}

/// A VirtualService's host that no server of its Gateways has would never get a request (Istio:
/// IST0132).
void check_hosts(Gateway const& gateway, Bindings const& bindings,
                 config::GatewaySettings const& settings, Report& report) {
  for (auto const* service : bindings.services(gateway))
    for (auto const& host : service->hosts) {
      auto const names = names_of_host(host.value, service->metadata.name_space, settings);
      auto const is_common = [&](config::Sourced<std::string> const& written) {
        ServerHost const own = parse_server_host(written.value, gateway.metadata.name_space);
        if (own.name_space != "*" && own.name_space != service->metadata.name_space) return false;
        return std::any_of(names.begin(), names.end(), [&](std::string const& name) {
          return !intersect(own.name, name).empty();
        });
      };
      bool const is_served =
          std::any_of(gateway.servers.begin(), gateway.servers.end(), [&](Server const& server) {
            return std::any_of(server.hosts.begin(), server.hosts.end(), is_common);
          });
      if (!is_served)
        report.warning(host.origin, "no server of Gateway " + full_name(gateway.metadata) +
                                        " has host " + host.value +
                                        " for VirtualServices of namespace " +
                                        service->metadata.name_space);
    }
}

}  // namespace

std::vector<Listener> compile_listeners(config::Documents const& documents,
                                        Bindings const& bindings, RouteCompiler& routes,
                                        Report& report) {
  config::GatewaySettings const& settings = documents.settings.gateway;
  for (Gateway const* gateway : bindings.gateways())
    check_hosts(*gateway, bindings, settings, report);

  std::vector<Listener> listeners;
  ListenerBuilder builder(documents, bindings, routes, report);
  for (ServerGroup const& group : group_servers(bindings.gateways(), settings, report))
    listeners.push_back(builder.build(group));
  lead_redirects(listeners);
  return listeners;
}

}  // namespace tidegate::routing
