#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/istio/traffic_policy.h"
#include "http/arena.h"
#include "http/head.h"

namespace tidegate::routing {

/// What of a request decides which host it goes to (Istio: consistentHash).
class HashKey {
 public:
  HashKey() = default;
  explicit HashKey(config::istio::ConsistentHash const& written);

  /// Nothing when the request does not have it. `client` is its IP address.
  [[nodiscard]] std::optional<std::uint64_t> of(http::RequestHead const& request,
                                                std::string_view client) const;

  /// Is a client that came without the cookie given one?
  [[nodiscard]] bool makes_cookies() const { return makes_cookies_; }
  /// The value of `set-cookie` for a client that came by this connection, and the hash that
  /// requests with this cookie will have (Envoy: hash_policy.cc).
  struct Cookie {
    std::string_view field;
    std::uint64_t hash;
  };
  [[nodiscard]] Cookie make_cookie(std::string_view remote, std::string_view local,
                                   http::Arena& arena) const;

 private:
  using Kind = config::istio::ConsistentHash::Key;
  Kind kind_ = Kind::source_ip;
  std::string name_;
  std::string attributes_;  ///< what follows a cookie's value
  bool makes_cookies_ = false;
};

}  // namespace tidegate::routing
