#include "routing/redirect.h"

#include <algorithm>
#include <string>

#include "http/authority.h"
#include "routing/path_rewrite.h"

namespace tidegate::routing {

namespace {

using config::istio::Redirect;

std::string_view path_of(Redirect const& redirect, http::RequestHead const& request,
                         TextMatcher const* condition, http::Arena& arena) {
  if (!request.target.starts_with('/')) return redirect.uri ? *redirect.uri : std::string_view();
  auto const query = request.target.substr(std::min(request.path.size(), request.target.size()));
  if (redirect.uri) {
    bool const has_query = redirect.uri->find('?') != std::string::npos;
    return arena.concat({*redirect.uri, has_query ? std::string_view() : query});
  }
  if (!redirect.prefix_rewrite) return request.target;
  auto const rest = request.path.substr(covered_by(condition, request.path));
  return arena.concat({*redirect.prefix_rewrite, rest, query});
}

bool is_default_port(std::string_view scheme, std::uint32_t port) {
  return port == (scheme == "https" ? 443U : 80U);
}

/// The request's own, without a port that only said the scheme that is being left.
std::string_view host_as_requested(http::RequestHead const& request, std::string_view scheme) {
  auto const host = http::host_of(request.authority);
  auto const port = request.authority.substr(host.size());
  bool const leaves_scheme = scheme != request.scheme;
  bool const is_its_port = port == (request.scheme == "https" ? ":443" : ":80");
  return leaves_scheme && is_its_port ? host : request.authority;
}

std::string_view authority_of(Redirect const& redirect, http::RequestHead const& request,
                              std::string_view scheme, std::uint16_t listener_port,
                              http::Arena& arena) {
  using Port = Redirect::Port;
  bool const is_given = !redirect.authority.empty();
  std::string_view const host =
      is_given ? std::string_view(redirect.authority) : host_as_requested(request, scheme);
  std::uint32_t port = 0;
  if (redirect.port_from == Port::given) port = redirect.port;
  if (redirect.port_from == Port::of_listener) port = listener_port;
  if (redirect.port_from == Port::protocol_default && !is_given) return http::host_of(host);
  if (port == 0) return host;
  if (is_default_port(scheme, port)) {
    // Derived from the listener, it is not written and what the host says of it stays, as in Istio.
    return redirect.port_from == Port::given ? http::host_of(host) : host;
  }
  return arena.concat({http::host_of(host), ":", std::to_string(port)});
}

}  // namespace

std::string_view location_of(Redirect const& redirect, http::RequestHead const& request,
                             TextMatcher const* condition, std::uint16_t port, http::Arena& arena) {
  std::string_view const scheme = redirect.scheme.empty() ? request.scheme : redirect.scheme;
  auto const authority = authority_of(redirect, request, scheme, port, arena);
  auto const path = path_of(redirect, request, condition, arena);
  if (authority.empty()) return path;  // HTTP/1.0 without Host: relative to what was asked for
  return arena.concat({scheme, "://", authority, path});
}

}  // namespace tidegate::routing
