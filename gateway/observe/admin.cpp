#include "gateway/observe/admin.h"

#include <algorithm>
#include <boost/json.hpp>
#include <string>
#include <utility>

#include "gateway/gateway.h"

namespace tidegate::gateway {
namespace {

namespace json = boost::json;

LocalAnswer answer(int status, json::value const& value) {
  return {status, json::serialize(value) + "\n", "application/json"};
}

LocalAnswer error(int status, std::string_view code, std::string_view message) {
  return answer(status, {{"error", {{"code", code}, {"message", message}}}});
}

char const* name_of(Gateway::State state) {
  switch (state) {
    case Gateway::State::starting: return "starting";
    case Gateway::State::serving: return "serving";
    case Gateway::State::draining: return "draining";
  }
  return "unknown";
}

json::value status(Gateway const& gateway) {
  auto const& snapshot = *gateway.configuration().snapshot;
  return {{"state", name_of(gateway.state())},
          {"version", TIDEGATE_VERSION},
          {"workers", gateway.worker_count()},
          {"listeners", snapshot.listeners.size()},
          {"clusters", snapshot.clusters.size()}};
}

json::value routes(Gateway const& gateway) {
  json::array all;
  for (auto const& listener : gateway.configuration().snapshot->listeners) {
    for (auto const& table : listener.tables) {
      for (auto const& host : table.hosts) {
        json::array routes;
        for (auto const& route : host.routes) {
          json::array targets;
          for (auto const& target : route.targets.entries()) {
            targets.push_back({{"cluster", target.cluster->name}, {"weight", target.weight}});
          }
          routes.push_back({{"name", route.name},
                            {"targets", std::move(targets)},
                            {"timeout_ms", route.timeout.count()},
                            {"retries", route.retry.attempts}});
        }
        all.push_back({{"listener", listener.address + ":" + std::to_string(listener.port)},
                       {"tls", listener.is_tls},
                       {"host", host.name},
                       {"https_redirect", host.https_redirect},
                       {"routes", std::move(routes)}});
      }
    }
  }
  return all;
}

json::value clusters(Gateway const& gateway) {
  json::array all;
  for (auto const& cluster : gateway.configuration().snapshot->clusters) {
    json::array endpoints;
    for (auto const& endpoint : cluster->endpoints) {
      json::array addresses;
      auto const known = gateway.dns().find(endpoint.address);
      if (known != gateway.dns().end()) {
        for (auto const& ip : known->second) addresses.emplace_back(ip);
      }
      endpoints.push_back({{"address", endpoint.address},
                           {"port", endpoint.port},
                           {"weight", endpoint.weight},
                           {"locality", endpoint.locality},
                           {"resolved", std::move(addresses)}});
    }
    bool const is_dns = cluster->discovery == routing::Cluster::Discovery::dns;
    all.push_back({{"name", cluster->name},
                   {"discovery", is_dns ? "dns" : "static"},
                   {"endpoints", std::move(endpoints)}});
  }
  return all;
}

LocalAnswer reload(Gateway& gateway) {
  auto const result = gateway.reload();
  json::array problems;
  for (auto const& diagnostic : result.diagnostics)
    problems.push_back(json::string(diagnostic.text()));
  if (result.succeeded)
    return answer(200, {{"version", result.version}, {"messages", std::move(problems)}});
  return answer(422, {{"error",
                       {{"code", "invalid_configuration"},
                        {"message", "the old configuration stays in force"},
                        {"details", std::move(problems)}}}});
}

/// Takes the same time wherever the first difference stands.
bool is_same_secret(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

bool is_authorized(Gateway const& gateway, http::RequestHead const& request) {
  auto const& token = gateway.configuration().snapshot->settings.admin_token;
  if (token.empty()) return true;
  auto const expected = "Bearer " + token;
  auto const given =
      request.headers.find(http::FieldId::authorization).value_or(std::string_view());
  return is_same_secret(given, expected);
}

/// A page in somebody's browser can send requests to loopback too, but not without saying so: with
/// `Origin`, or, after its name was pointed at us, with that name as `Host`.
bool is_from_a_browser(http::RequestHead const& request) {
  if (request.headers.find(http::FieldId::origin)) return true;
  auto host = request.authority;
  auto const colon = host.rfind(':');
  if (colon != std::string_view::npos && host.back() != ']') host = host.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return !http::iequals(host, "localhost") && !SocketAddress::parse(host, 1);
}

}  // namespace

LocalAnswer answer_admin(Gateway& gateway, http::RequestHead const& request) {
  if (!is_authorized(gateway, request))
    return error(401, "unauthorized", "send `Authorization: Bearer <admin.token>`");
  if (gateway.configuration().snapshot->settings.admin_token.empty() &&
      is_from_a_browser(request)) {
    return error(403, "forbidden",
                 "call it by address or as localhost, without Origin; or set admin.token");
  }
  constexpr std::string_view prefix = "/api/v1/";
  if (!request.path.starts_with(prefix))
    return error(404, "not_found", "the API is under /api/v1/");
  auto const name = request.path.substr(prefix.size());
  bool const is_change = name == "reload" || name == "drain";
  auto const expected = is_change ? std::string_view("POST") : std::string_view("GET");
  if (request.method != expected)
    return error(405, "method_not_allowed", "use " + std::string(expected));
  if (name == "version") return answer(200, {{"version", TIDEGATE_VERSION}});
  if (name == "status") return answer(200, status(gateway));
  if (name == "routes") return answer(200, routes(gateway));
  if (name == "clusters") return answer(200, clusters(gateway));
  if (name == "reload") return reload(gateway);
  if (name == "drain") {
    gateway.drain();
    return answer(202, {{"state", "draining"}});
  }
  return error(404, "not_found", "there is version, status, routes, clusters, reload and drain");
}

}  // namespace tidegate::gateway
