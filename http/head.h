#pragma once

#include <cstdint>
#include <string_view>

#include "http/headers.h"

namespace tidegate::http {

enum class Version : std::uint8_t { http10, http11, http2 };

/// What delimits a message's body (RFC 9112 §6.3).
struct Framing {
  enum class Kind : std::uint8_t { none, length, chunked, until_close };
  Kind kind = Kind::none;
  std::uint64_t length = 0;  ///< bytes; only with Kind::length

  [[nodiscard]] static Framing none() { return {}; }
  [[nodiscard]] static Framing chunked() { return {Kind::chunked, 0}; }
  [[nodiscard]] static Framing until_close() { return {Kind::until_close, 0}; }
  [[nodiscard]] static Framing of_length(std::uint64_t bytes) { return {Kind::length, bytes}; }
  [[nodiscard]] bool has_body() const {
    return kind != Kind::none && !(kind == Kind::length && length == 0);
  }
};

/// A request's head, whatever the protocol it came by. All views belong to whoever filled it in.
struct RequestHead {
  std::string_view method;
  std::string_view
      target;  ///< origin-form, as it will be sent upstream: path and query; "*" for OPTIONS *
  std::string_view path;   ///< normalised path without the query; what routes match
  std::string_view query;  ///< without the '?'; empty when there is none
  std::string_view
      scheme;  ///< "http" or "https": how the client reached us (or a trusted proxy said it did)
  std::string_view authority;  ///< Host as sent, port included
  /// What the client wants to speak after an upgrade ("websocket"), whether it asked by Upgrade or
  /// by an extended CONNECT, which is kept as the GET that HTTP/1 would have made of it. Empty: an
  /// ordinary request. An answer with status 101 accepts; both bodies have no end then.
  std::string_view protocol;
  Version version = Version::http11;
  Headers headers;  ///< includes Host
  Framing framing;  ///< of the body that follows

  void clear() {
    method = target = path = query = scheme = authority = protocol = {};
    version = Version::http11;
    headers.clear();
    framing = {};
  }
};

struct ResponseHead {
  int status = 0;           ///< 100..999
  std::string_view reason;  ///< may be empty
  Version version = Version::http11;
  Headers headers;
  Framing framing;

  void clear() {
    status = 0;
    reason = {};
    version = Version::http11;
    headers.clear();
    framing = {};
  }
};

/// May a request with this method be sent a second time without changing its effect? (RFC 9110
/// §9.2.2)
[[nodiscard]] bool is_idempotent(std::string_view method);

}  // namespace tidegate::http
