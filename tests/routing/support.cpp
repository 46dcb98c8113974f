#include "tests/routing/support.h"

namespace tidegate::routing::test {

config::Origin at(int line, std::string path) { return {{"test.yaml", line, 1}, std::move(path)}; }

config::Sourced<std::string> sourced(std::string value, std::string path, int line) {
  return {std::move(value), at(line, std::move(path))};
}

std::vector<config::Sourced<std::string>> sourced_all(Strings const& values,
                                                      std::string const& path) {
  std::vector<config::Sourced<std::string>> result;
  for (std::size_t i = 0; i < values.size(); ++i)
    result.push_back(sourced(values[i], path + '[' + std::to_string(i) + ']'));
  return result;
}

config::Metadata metadata(std::string name, std::string name_space, int line) {
  config::Metadata result;
  result.name = std::move(name);
  result.name_space = std::move(name_space);
  result.where = {"test.yaml", line, 1};
  return result;
}

config::StringMatch text(config::StringMatch::Kind kind, std::string value, std::string path) {
  return {kind, std::move(value), at(7, std::move(path))};
}

config::StringMatch exact(std::string value) {
  return text(config::StringMatch::Kind::exact, std::move(value));
}

config::StringMatch prefix(std::string value) {
  return text(config::StringMatch::Kind::prefix, std::move(value));
}

config::StringMatch regex(std::string value) {
  return text(config::StringMatch::Kind::regex, std::move(value));
}

config::StringMatch presence() { return text(config::StringMatch::Kind::presence, ""); }

Server http_server(std::uint32_t port, Strings const& hosts, int line) {
  Server server;
  server.port = {port, config::istio::Protocol::http, "http"};
  server.hosts = sourced_all(hosts, "spec.servers[0].hosts");
  server.origin = at(line, "spec.servers[0]");
  return server;
}

Server redirect_server(std::uint32_t port, Strings const& hosts) {
  Server server = http_server(port, hosts);
  server.has_tls = true;
  server.tls.https_redirect = true;
  return server;
}

Server https_server(std::uint32_t port, Strings const& hosts, int line) {
  Server server = http_server(port, hosts, line);
  server.port = {port, config::istio::Protocol::https, "https"};
  server.has_tls = true;
  server.tls.mode = config::istio::TlsMode::simple;
  server.tls.certificates = {{"certificate", "key", at(line, "spec.servers[0].tls")}};
  server.tls.origin = at(line, "spec.servers[0].tls");
  for (auto& host : server.hosts) host.origin.where.line = line;
  return server;
}

Gateway gateway(std::string name, std::vector<Server> servers, std::string name_space) {
  Gateway result;
  result.metadata = metadata(std::move(name), std::move(name_space));
  result.servers = std::move(servers);
  return result;
}

WeightedDestination to(std::string host, std::uint32_t port, std::string subset,
                       std::uint32_t weight) {
  WeightedDestination result;
  result.destination.host = sourced(std::move(host), "spec.http[0].route[0].destination.host", 31);
  result.destination.subset =
      sourced(std::move(subset), "spec.http[0].route[0].destination.subset", 32);
  if (port != 0) result.destination.port = port;
  result.weight = weight;
  return result;
}

HttpMatch uri(config::StringMatch match) {
  HttpMatch result;
  result.uri = std::move(match);
  result.origin = at(40, "spec.http[0].match[0]");
  return result;
}

HttpRoute route(std::string name, std::vector<HttpMatch> match,
                std::vector<WeightedDestination> targets) {
  HttpRoute result;
  result.name = std::move(name);
  result.match = std::move(match);
  result.route = std::move(targets);
  if (result.route.empty()) result.route = {to("origin", 80)};
  result.origin = at(30, "spec.http[0]");
  return result;
}

VirtualService virtual_service(std::string name, Strings const& hosts, Strings const& gateways,
                               std::vector<HttpRoute> http, std::string name_space) {
  VirtualService result;
  result.metadata = metadata(std::move(name), std::move(name_space), 50);
  result.hosts = sourced_all(hosts, "spec.hosts");
  result.gateways = sourced_all(gateways, "spec.gateways");
  result.http = std::move(http);
  return result;
}

Documents documents_with(std::vector<HttpRoute> http) {
  Documents documents;
  documents.gateways = {gateway("gw", {http_server(80, {"*"})})};
  documents.virtual_services = {virtual_service("vs", {"a.test"}, {"gw"}, std::move(http))};
  return documents;
}

int Compiled::count(Severity severity, std::string_view path, std::string_view words) const {
  int found = 0;
  for (config::Diagnostic const& diagnostic : diagnostics.all())
    if (diagnostic.severity == severity && diagnostic.path == path &&
        diagnostic.message.find(words) != std::string::npos)
      ++found;
  return found;
}

std::string Compiled::all() const {
  std::string lines;
  for (config::Diagnostic const& diagnostic : diagnostics.all()) lines += diagnostic.text() + '\n';
  return lines;
}

Compiled compiled(Documents const& documents) {
  Compiled result;
  result.snapshot = compile(documents, result.diagnostics);
  return result;
}

http::RequestHead Request::head() const {
  http::RequestHead result;
  result.method = method;
  result.target = result.path = path;
  result.query = query;
  result.scheme = "http";
  result.authority = authority;
  for (auto const& [name, value] : headers) result.headers.add(name, value);
  return result;
}

Route const* route_of(Snapshot const& snapshot, Request const& request) {
  VirtualHost const* host = snapshot.listeners.front().tables.front().find(request.authority);
  return host ? host->find(request.head()) : nullptr;
}

std::string route_name(Snapshot const& snapshot, Request const& request) {
  Route const* found = route_of(snapshot, request);
  return found ? found->name : "(none)";
}

}  // namespace tidegate::routing::test
