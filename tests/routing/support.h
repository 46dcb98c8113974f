#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/load.h"
#include "http/head.h"
#include "routing/compile.h"

/// Documents and requests in few words.
namespace tidegate::routing::test {

using config::Documents;
using config::Severity;
using config::istio::Gateway;
using config::istio::HttpMatch;
using config::istio::HttpRoute;
using config::istio::Server;
using config::istio::VirtualService;
using config::istio::WeightedDestination;
using Strings = std::vector<std::string>;

/// A place in test.yaml, column 1.
config::Origin at(int line, std::string path);
config::Sourced<std::string> sourced(std::string value, std::string path = "field", int line = 1);
/// `path[0]`, `path[1]`…
std::vector<config::Sourced<std::string>> sourced_all(Strings const& values,
                                                      std::string const& path);
config::Metadata metadata(std::string name, std::string name_space = "default", int line = 1);

config::StringMatch text(config::StringMatch::Kind kind, std::string value,
                         std::string path = "match");
config::StringMatch exact(std::string value);
config::StringMatch prefix(std::string value);
config::StringMatch regex(std::string value);
config::StringMatch presence();

Server http_server(std::uint32_t port, Strings const& hosts, int line = 10);
Server redirect_server(std::uint32_t port, Strings const& hosts);
/// With a certificate from files, so that no Secret is needed.
Server https_server(std::uint32_t port, Strings const& hosts, int line = 20);
Gateway gateway(std::string name, std::vector<Server> servers, std::string name_space = "default");

/// Port 0 = none is named.
WeightedDestination to(std::string host, std::uint32_t port = 0, std::string subset = "",
                       std::uint32_t weight = 0);
HttpMatch uri(config::StringMatch match);
/// Without targets: to `origin`, port 80.
HttpRoute route(std::string name, std::vector<HttpMatch> match = {},
                std::vector<WeightedDestination> targets = {});
VirtualService virtual_service(std::string name, Strings const& hosts, Strings const& gateways,
                               std::vector<HttpRoute> http, std::string name_space = "default");

/// One plain-text server `gw` for every host on port 80, and one service `vs` for a.test with these
/// routes.
Documents documents_with(std::vector<HttpRoute> http);

struct Compiled {
  std::shared_ptr<Snapshot const> snapshot;
  config::Diagnostics diagnostics;

  /// How many diagnostics there are of this severity, at this path, that say `words`.
  [[nodiscard]] int count(Severity severity, std::string_view path, std::string_view words) const;
  /// For messages of failed tests.
  [[nodiscard]] std::string all() const;
};
Compiled compiled(Documents const& documents);

/// A request's head made of literals.
struct Request {
  std::string_view path = "/";
  std::string_view method = "GET";
  std::string_view query = {};
  std::string_view authority = "a.test";
  std::vector<std::pair<std::string_view, std::string_view>> headers = {};

  [[nodiscard]] http::RequestHead head() const;
};

/// The route that a plain-text request takes on the first listener; null for none.
Route const* route_of(Snapshot const& snapshot, Request const& request);
/// Its name, or `(none)`.
std::string route_name(Snapshot const& snapshot, Request const& request);

}  // namespace tidegate::routing::test
