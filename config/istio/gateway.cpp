#include "config/istio/gateway.h"

#include <set>
#include <utility>

#include "config/istio/decode.h"
#include "config/istio/not_served.h"
#include "config/names.h"
#include "config/scalars.h"

namespace tidegate::config::istio {
namespace {

constexpr NoEffect without_effect[] = {
    {"defaultEndpoint", "Istio does not implement it either; write a VirtualService"},
};

bool is_unix(std::string_view bind) { return bind.starts_with(unix_scheme); }

/// Absent when the server cannot be served; that has been reported.
std::optional<Protocol> read_protocol(Fields& fields) {
  auto const field = fields.require("protocol");
  auto const text = field ? field->text() : std::nullopt;
  if (!text) return std::nullopt;
  std::string const name = to_lower(*text);
  auto const protocol = parse_protocol(name);
  bool const is_gateway_protocol = protocol && (*protocol != Protocol::other || name == "mongo");
  if (!is_gateway_protocol) {
    field->expected("HTTP, HTTPS, HTTP2, GRPC, GRPC-WEB, TCP, TLS or MONGO");
    return std::nullopt;
  }
  return protocol;
}

/// A unix socket has no number (istio: validateServerPort).
std::optional<std::uint32_t> read_number(Fields& fields, std::string_view bind) {
  constexpr Range zero{0, 0};
  bool const has_number = !is_unix(bind);
  auto const field = has_number ? fields.require("number") : fields.find("number");
  if (!field) return has_number ? std::nullopt : std::optional<std::uint32_t>(0);
  auto const number = field->integer(has_number ? port_range : zero);
  if (!number) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

std::optional<ServerPort> read_port(Value const& value, std::string_view bind) {
  Fields fields(value);
  ServerPort port;
  auto const number = read_number(fields, bind);
  auto const protocol = read_protocol(fields);
  if (auto const name = fields.require("name")) port.name = name->text().value_or("");
  if (auto const target = fields.find("targetPort")) {
    target->error("deprecated and rejected by Istio; use the settings' gateway.port_map");
  }
  fields.report_unknown();
  if (!protocol || !number) return std::nullopt;
  port.number = *number;
  port.protocol = *protocol;
  return port;
}

/// `[namespace/]name`; the namespace may be `*` or `.`.
bool is_server_host(std::string_view host) {
  auto const slash = host.find('/');
  if (slash == host.npos) return is_host_pattern(host);
  auto const space = host.substr(0, slash);
  return (space == "*" || space == "." || is_dns_label(space)) &&
         is_host_pattern(host.substr(slash + 1));
}

std::vector<Sourced<std::string>> read_server_hosts(Fields& fields) {
  std::vector<Sourced<std::string>> hosts;
  auto const list = fields.require("hosts");
  if (!list) return hosts;
  if (list->node().is_list() && list->node().children.empty()) {
    list->error("a server needs at least one host");
  }
  for (Value const& value : list->items()) {
    auto const text = value.text();
    if (!text) continue;
    std::string host = to_lower(*text);
    if (!is_server_host(host)) {
      value.expected("a host such as www.example.com, *.example.com, * or namespace/host");
      continue;
    }
    hosts.push_back({std::move(host), value.origin()});
  }
  return hosts;
}

/// A plain server may carry nothing but the redirect (istio: validateServer).
ServerTls read_http_tls(Value const& value) {
  Fields fields(value);
  ServerTls tls;
  tls.origin = value.origin();
  tls.https_redirect = fields.flag("httpsRedirect");
  for (Node const& entry : value.node().children) {
    bool const is_default_mode = entry.key == "mode" && entry.text == "PASSTHROUGH";
    if (is_same_field(entry.key, "httpsRedirect") || entry.is_null() || is_default_mode) continue;
    value.entry(entry).error("a plain HTTP server may only have httpsRedirect; use protocol HTTPS");
  }
  return tls;
}

/// Returns whether the server can be served.
bool read_server_tls(Fields& fields, Server& server) {
  auto const tls = fields.find("tls");
  server.has_tls = tls.has_value();
  Protocol const protocol = server.port.protocol;
  if (protocol == Protocol::https || protocol == Protocol::tls) {
    if (!tls) {
      fields.value().error("a server of protocol HTTPS or TLS needs `tls`");
      return false;
    }
    auto settings = read_https_tls(*tls);
    if (!settings) return false;
    server.tls = std::move(*settings);
    return true;
  }
  bool const is_http = protocol != Protocol::tcp && protocol != Protocol::other;
  if (tls && is_http) server.tls = read_http_tls(*tls);
  if (tls && !is_http) tls->error("only servers of protocol HTTPS and TLS have it; use TLS");
  return true;
}

/// Returns whether the server can be served.
bool read_bind(Fields& fields, Server& server) {
  auto const bind = fields.find("bind");
  if (!bind) return true;
  server.bind = bind->text().value_or("");
  if (!is_unix(server.bind)) {
    if (!server.bind.empty() && !is_ip_address(server.bind)) bind->expected("an IP address");
    return true;
  }
  if (!is_unix_socket(server.bind)) bind->expected("unix:///PATH or unix://@NAME, up to 107 bytes");
  if (not_served::unix_binds) {
    bind->not_supported(Severity::warning, "the server is left out");
    return false;
  }
  return true;
}

/// Absent when the server is left out; that has been reported.
std::optional<Server> read_server(Value const& value) {
  Fields fields(value);
  Server server;
  server.origin = value.origin();
  bool is_complete = read_bind(fields, server);
  auto const port_field = fields.require("port");
  auto const port = port_field ? read_port(*port_field, server.bind) : std::nullopt;
  if (port) server.port = *port;
  server.hosts = read_server_hosts(fields);
  server.name = fields.text("name");
  if (port) {
    is_complete = read_server_tls(fields, server) && is_complete;
  } else {
    fields.ignore({"tls"});
    is_complete = false;
  }
  fields.report_no_effect(without_effect);
  fields.report_unknown();
  if (!is_complete) return std::nullopt;
  return server;
}

/// Port names are part of route names, so they have to differ (istio: ValidateGateway).
void check_port_names(Value const& servers) {
  std::set<std::string> seen;
  for (Node const& server : servers.node().children) {
    Node const* port = server.find("port");
    Node const* name = port ? port->find("name") : nullptr;
    if (!name || !name->is_scalar() || seen.insert(name->text).second) continue;
    auto const index = static_cast<std::size_t>(&server - servers.node().children.data());
    Value const value = servers.item(index).entry(*port).entry(*name);
    value.error("another server of this Gateway has the port name " + value.shown());
  }
}

}  // namespace

Gateway read_gateway(Metadata metadata, Value const& spec) {
  Gateway gateway;
  gateway.metadata = std::move(metadata);
  Fields fields(spec);
  gateway.selector = fields.text_map("selector");
  if (auto const servers = fields.require("servers")) {
    if (servers->node().is_list() && servers->node().children.empty()) {
      servers->error("a Gateway needs at least one server");
    }
    for (Value const& value : servers->items()) {
      if (auto server = read_server(value)) gateway.servers.push_back(std::move(*server));
    }
    if (servers->node().is_list()) check_port_names(*servers);
  }
  fields.report_unknown();
  return gateway;
}

}  // namespace tidegate::config::istio
