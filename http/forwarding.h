#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "http/arena.h"
#include "http/head.h"
#include "http/ip_address.h"

/// What a proxy adds to messages and takes from them. Pure.
namespace tidegate::http {

/// Who sent a request.
struct Peer {
  std::string_view address;  ///< IP address as text, without port; must outlive the request
  bool is_trusted = false;   ///< one of `TrustedProxies`
  bool is_tls = false;
  /// The element for `x-forwarded-client-cert`; empty = none was shown. Must outlive the request.
  std::string_view client_certificate = {};
};

/// The proxies in front of us whose word about the client counts.
class TrustedProxies {
 public:
  /// Adds `192.0.2.0/24`, `2001:db8::/32` or a single address; bits behind the prefix are ignored.
  /// False, with nothing added, if it is neither.
  [[nodiscard]] bool add(std::string_view cidr);

  /// False for what is no address.
  [[nodiscard]] bool contains(std::string_view ip_text) const;
  /// 4 or 16 bytes in network order. IPv4 inside IPv6 counts as IPv4.
  [[nodiscard]] bool contains(std::span<std::uint8_t const> raw) const;
  [[nodiscard]] bool empty() const { return networks_.empty(); }

 private:
  struct Network {
    IpAddress address;
    unsigned prefix_bits;
  };
  [[nodiscard]] bool contains(IpAddress const& address) const;

  std::vector<Network> networks_;
};

/// `http` or `https`: how the client reached the outermost proxy that we trust.
[[nodiscard]] std::string_view scheme_of(Headers const& headers, Peer const& peer);

/// Makes the client's request ours. Removes what concerns one connection only (RFC 9110 §7.6.1),
/// but keeps `TE: trailers`; removes from strangers what only proxies of ours may claim
/// (`x-envoy-*`, `x-forwarded-client-cert`, `forwarded`, `x-request-id`, `x-forwarded-proto`);
/// appends the peer to `x-forwarded-for`, says which certificate it showed, and sets the others of
/// Envoy's edge headers (istio.md §3, Headers). Sets `head.scheme`. Leaves `Expect` and
/// Content-Length alone. `new_request_id` is used unless a trusted peer sent one, and must live as
/// long as the head.
void to_upstream(RequestHead& head, Peer const& peer, std::string_view new_request_id,
                 Arena& arena);

/// Who sent a request that `to_upstream` has been through, as far as our proxies can be believed:
/// the nearest address in `x-forwarded-for` that is none of theirs. `peer` is the connection's.
[[nodiscard]] std::string_view client_of(Headers const& headers, TrustedProxies const& proxies,
                                         std::string_view peer);

/// Makes the origin's answer ours: removes what concerns one connection only, overwrites `server`,
/// adds `date` (IMF-fixdate, copied) where it is missing.
void to_downstream(ResponseHead& head, Arena& arena, std::string_view date);

/// A UUID of version 4 (RFC 9562 §5.4) out of 128 random bits, 6 of which are overwritten.
[[nodiscard]] std::string_view make_request_id(std::uint64_t a, std::uint64_t b, Arena& arena);

}  // namespace tidegate::http
