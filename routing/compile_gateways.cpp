#include "routing/compile_gateways.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "routing/compile_hosts.h"
#include "routing/compile_l4.h"
#include "routing/compile_tls.h"
#include "routing/host_index.h"
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
                  RouteCompiler& routes, ClusterCatalog& clusters, Report& report)
      : documents_(documents),
        bindings_(bindings),
        routes_(routes),
        clusters_(clusters),
        report_(report) {}

  [[nodiscard]] Listener build(ServerGroup const& group) {
    Listener listener{.address = group.address,
                      .port = group.port,
                      .declared_port = group.declared_port,
                      .is_tls = group.kind() == ServerGroup::Kind::tls,
                      .tables = {},
                      .tls_servers = {},
                      .passthrough = {}};
    switch (group.kind()) {
      case ServerGroup::Kind::http:
        listener.tables.push_back(table_of(group, group.members));
        break;
      case ServerGroup::Kind::tls: add_tls_servers(group, listener); break;
      case ServerGroup::Kind::tcp: listener.tables.push_back(tcp_table_of(group)); break;
    }
    return listener;
  }

 private:
  void add_tls_servers(ServerGroup const& group, Listener& listener) {
    using config::istio::Protocol;
    SniHosts sni(report_);
    L4Compiler l4 = l4_of(group);
    for (ServerGroup::Member const& member : group.members) {
      if (member.server->tls.mode == config::istio::TlsMode::passthrough) {
        for (auto& each : l4.passthrough(*member.gateway, *member.server))
          listener.passthrough.push_back(std::move(each));
        continue;
      }
      auto hosts = sni.claim(member);
      // Its mistakes show even without credentials.
      RouteTable table;
      if (member.server->port.protocol == Protocol::https)
        table = table_of(group, {member});
      else
        table.tcp = l4.tcp(*member.gateway, *member.server);
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

  [[nodiscard]] L4Compiler l4_of(ServerGroup const& group) {
    return {group.declared_port, bindings_, clusters_, documents_.settings.gateway, report_};
  }

  /// The first server that leads anywhere counts: nothing tells their connections apart.
  RouteTable tcp_table_of(ServerGroup const& group) {
    L4Compiler l4 = l4_of(group);
    RouteTable table;
    for (ServerGroup::Member const& member : group.members) {
      auto targets = l4.tcp(*member.gateway, *member.server);
      if (!table.tcp || table.tcp->empty()) table.tcp = std::move(targets);
    }
    return table;
  }

  config::Documents const& documents_;
  Bindings const& bindings_;
  RouteCompiler& routes_;
  ClusterCatalog& clusters_;
  Report& report_;
};

/// A TLS listener's hosts, to find out where the redirects of plain-text hosts lead.
class RedirectTarget {
 public:
  explicit RedirectTarget(Listener const& listener) : listener_(listener) {
    for (std::size_t i = 0; i < listener.tls_servers.size(); ++i)
      if (!listener.tables[i].tcp) add(listener.tls_servers[i].hosts);
    for (Passthrough const& each : listener.passthrough) add(each.names);
  }

  [[nodiscard]] std::uint16_t port() const { return listener_.port; }

  /// How well it suits the redirects of a plain-text host; 0 = not at all.
  [[nodiscard]] int suitability(Listener const& plain, std::string const& host) const {
    auto const found = index_.overlapping(host);
    if (found.empty()) return 0;
    // A pattern that covers the host serves all its redirects, a narrower one some of them.
    bool const covers_all = std::any_of(found.begin(), found.end(), [&](std::size_t position) {
      return covers(names_[position], host);
    });
    return (covers_all ? 2 : 1) * 4 + (listener_.address == plain.address ? 2 : 0) +
           (listener_.declared_port == 443 ? 1 : 0);
  }

 private:
  void add(std::vector<std::string> const& names) {
    for (std::string const& name : names) {
      index_.add(name, names_.size());
      names_.push_back(name);
    }
  }

  Listener const& listener_;
  std::vector<std::string_view> names_;
  HostIndex index_;
};

void lead_redirects(std::vector<Listener>& listeners) {
  std::vector<RedirectTarget> targets;
  for (Listener const& listener : listeners)
    if (listener.is_tls) targets.emplace_back(listener);
  for (Listener& plain : listeners) {
    if (plain.is_tls) continue;
    for (VirtualHost& host : plain.tables.front().hosts) {
      int best = 0;
      for (RedirectTarget const& target : targets) {
        int const fit = target.suitability(plain, host.name);
        if (fit <= best) continue;
        best = fit;
        host.https_port = target.port();
      }
    }
  }
}

/// A VirtualService's host that no server of its Gateways has would never get a request (Istio:
/// IST0132).
void check_hosts(Gateway const& gateway, Bindings const& bindings,
                 config::GatewaySettings const& settings, Report& report) {
  HostIndex index;
  std::vector<ServerHost> hosts;
  for (Server const& server : gateway.servers)
    for (auto const& written : server.hosts) {
      hosts.push_back(parse_server_host(written.value, gateway.metadata.name_space));
      index.add(hosts.back().name, hosts.size() - 1);
    }
  for (auto const* service : bindings.services(gateway)) {
    std::string const& name_space = service->metadata.name_space;
    auto const is_served = [&](std::string const& name) {
      auto const found = index.overlapping(name);
      return std::any_of(found.begin(), found.end(), [&](std::size_t position) {
        std::string_view const allowed = hosts[position].name_space;
        return allowed == "*" || allowed == name_space;
      });
    };
    for (auto const& host : service->hosts) {
      auto const names = names_of_host(host.value, name_space, settings);
      if (!std::any_of(names.begin(), names.end(), is_served))
        report.warning(host.origin, "no server of Gateway " + full_name(gateway.metadata) +
                                        " has host " + host.value +
                                        " for VirtualServices of namespace " + name_space);
    }
  }
}

}  // namespace

std::vector<Listener> compile_listeners(config::Documents const& documents,
                                        Bindings const& bindings, RouteCompiler& routes,
                                        ClusterCatalog& clusters, Report& report) {
  config::GatewaySettings const& settings = documents.settings.gateway;
  for (Gateway const* gateway : bindings.gateways())
    check_hosts(*gateway, bindings, settings, report);

  std::vector<Listener> listeners;
  ListenerBuilder builder(documents, bindings, routes, clusters, report);
  for (ServerGroup const& group : group_servers(bindings.gateways(), settings, report))
    listeners.push_back(builder.build(group));
  lead_redirects(listeners);
  return listeners;
}

}  // namespace tidegate::routing
