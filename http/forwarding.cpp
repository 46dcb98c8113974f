#include "http/forwarding.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "http/characters.h"
#include "http/persistence.h"

namespace tidegate::http {
namespace {

/// Every byte as it is written.
constexpr auto hex_bytes = [] {
  std::array<std::array<char, 2>, 256> texts{};
  for (std::size_t byte = 0; byte < texts.size(); ++byte)
    texts[byte] = {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 0xf]};
  return texts;
}();

/// The fields that a message's Connection declares to be about this connection only.
class Nominated {
 public:
  explicit Nominated(Headers const& headers) {
    for (Field const& field : headers) {
      if (field.id == FieldId::connection) add(field.value);
    }
  }

  [[nodiscard]] bool has(std::string_view name) const {
    auto const end = names_.begin() + static_cast<std::ptrdiff_t>(count_);
    return std::any_of(names_.begin(), end,
                       [name](std::string_view nominated) { return iequals(nominated, name); });
  }

 private:
  void add(std::string_view options) {
    while (!options.empty() && count_ < names_.size()) {
      auto const name = next_element(options);
      // What nearly every message says; neither needs to be looked for among the fields.
      if (name.empty() || iequals(name, "close") || iequals(name, "keep-alive")) continue;
      names_[count_++] = name;
    }
  }

  std::array<std::string_view, max_connection_options> names_;  // the readers refuse more
  std::size_t count_ = 0;
};

/// RFC 9110 §7.6.1, and HTTP2-Settings of RFC 7540 §3.2.1.
bool is_hop_by_hop(FieldId id) {
  switch (id) {
    case FieldId::connection:
    case FieldId::keep_alive:
    case FieldId::proxy_connection:
    case FieldId::te:
    case FieldId::transfer_encoding:
    case FieldId::upgrade:
    case FieldId::http2_settings: return true;
    default: return false;
  }
}

/// Delimits or routes the message: no Connection option takes it away.
bool is_essential(FieldId id) { return id == FieldId::host || id == FieldId::content_length; }

/// Written anew in every request, whoever sent it.
bool is_rewritten(FieldId id) {
  return id == FieldId::x_forwarded_for || id == FieldId::x_forwarded_proto ||
         id == FieldId::x_request_id;
}

/// Believed from our own proxies only. `Forwarded` says the same as X-Forwarded-*, and some
/// frameworks prefer it.
bool is_privileged(FieldId id) {
  return id == FieldId::x_envoy || id == FieldId::x_forwarded_client_cert ||
         id == FieldId::forwarded;
}

bool accepts_trailers(Headers const& headers) {
  for (Field const& field : headers) {
    if (field.id != FieldId::te) continue;
    for (auto rest = field.value; !rest.empty();) {
      if (iequals(next_element(rest), "trailers")) return true;
    }
  }
  return false;
}

/// All X-Forwarded-For fields in one list, the peer at its end.
std::string_view append_to_forwarded_for(Headers const& headers, std::string_view address,
                                         Arena& arena) {
  constexpr std::string_view comma = ", ";
  std::size_t size = address.size();
  auto const is_part = [](Field const& field) {
    return field.id == FieldId::x_forwarded_for && !field.value.empty();
  };
  for (Field const& field : headers) {
    if (is_part(field)) size += field.value.size() + comma.size();
  }
  if (size == address.size()) return address;

  char* const text = arena.allocate(size);
  char* to = text;
  for (Field const& field : headers) {
    if (!is_part(field)) continue;
    to = std::copy(field.value.begin(), field.value.end(), to);
    to = std::copy(comma.begin(), comma.end(), to);
  }
  std::copy(address.begin(), address.end(), to);
  return {text, size};
}

}  // namespace

std::string_view scheme_of(Headers const& headers, Peer const& peer) {
  if (peer.is_trusted) {
    auto const said = headers.find(FieldId::x_forwarded_proto).value_or("");
    if (iequals(said, "https")) return "https";
    if (iequals(said, "http")) return "http";
  }
  return peer.is_tls ? "https" : "http";
}

void to_upstream(RequestHead& head, Peer const& peer, std::string_view new_request_id,
                 Arena& arena) {
  auto& headers = head.headers;
  head.scheme = scheme_of(headers, peer);
  bool const takes_trailers = accepts_trailers(headers);
  auto const forwarded_for = append_to_forwarded_for(headers, peer.address, arena);
  auto const sent_id = headers.find(FieldId::x_request_id).value_or("");
  auto const request_id = peer.is_trusted && !sent_id.empty() ? sent_id : new_request_id;

  bool const shows_certificate = !peer.client_certificate.empty();
  Nominated const nominated(headers);
  headers.remove_if([&](Field const& field) {
    return is_hop_by_hop(field.id) || is_rewritten(field.id) ||
           (!peer.is_trusted && is_privileged(field.id)) ||
           (shows_certificate && field.id == FieldId::x_forwarded_client_cert) ||
           (!is_essential(field.id) && nominated.has(field.name));
  });
  if (takes_trailers) headers.add({"te", "trailers", FieldId::te});
  headers.add({"x-forwarded-for", forwarded_for, FieldId::x_forwarded_for});
  headers.add({"x-forwarded-proto", head.scheme, FieldId::x_forwarded_proto});
  headers.add({"x-request-id", request_id, FieldId::x_request_id});
  if (shows_certificate) {
    headers.add(
        {"x-forwarded-client-cert", peer.client_certificate, FieldId::x_forwarded_client_cert});
  }
  if (!peer.is_trusted) {
    headers.add({"x-envoy-external-address", peer.address, FieldId::x_envoy});
  }
}

std::string_view client_of(Headers const& headers, TrustedProxies const& proxies,
                           std::string_view peer) {
  auto rest = headers.find(FieldId::x_forwarded_for).value_or("");
  auto client = peer;
  while (!rest.empty()) {
    auto const comma = rest.rfind(',');
    auto const address = trim(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
    if (!IpAddress::parse(address)) break;
    client = address;
    if (!proxies.contains(address)) break;
    rest = rest.substr(0, comma == std::string_view::npos ? 0 : comma);
  }
  return client;
}

void to_downstream(ResponseHead& head, Arena& arena, std::string_view date) {
  auto& headers = head.headers;
  bool has_date = false;
  Nominated const nominated(headers);
  headers.remove_if([&](Field const& field) {
    bool const is_removed = is_hop_by_hop(field.id) || field.id == FieldId::server ||
                            (!is_essential(field.id) && nominated.has(field.name));
    if (field.id == FieldId::date && !is_removed) has_date = true;
    return is_removed;
  });
  headers.add({"server", "tidegate", FieldId::server});
  if (!has_date) headers.add({"date", arena.copy(date), FieldId::date});
}

std::string_view make_request_id(std::uint64_t a, std::uint64_t b, Arena& arena) {
  a = (a & ~0xf000ULL) | 0x4000ULL;                            // version 4
  b = (b & 0x3fff'ffff'ffff'ffffULL) | 0x8000'0000'0000'0000;  // variant 10
  constexpr std::size_t size = 36;
  char* const text = arena.allocate(size);
  char* at = text;
  for (int byte = 0; byte < 16; ++byte) {
    if (byte == 4 || byte == 6 || byte == 8 || byte == 10) *at++ = '-';
    auto const value = ((byte < 8 ? a : b) >> (56 - 8 * (byte % 8))) & 0xff;
    std::memcpy(at, hex_bytes[value].data(), 2);
    at += 2;
  }
  return {text, size};
}

}  // namespace tidegate::http
