#pragma once

#include <string_view>

#include "http/head.h"

/// Leaving HTTP on an HTTP/1.1 connection (RFC 9110 §7.8). Pure.
namespace tidegate::http {

/// The protocol that `head` asks to change to; empty when it asks for none, or in a way that may be
/// ignored and better is: together with a body, behind which origins disagree where the tunnel
/// begins; more than one protocol; WebSocket by another method than GET; `h2c`, by which an origin
/// would speak past all that is decided here.
[[nodiscard]] std::string_view requested_upgrade(RequestHead const& head);

/// Does an answer with status 101 change to `protocol`? It has to say so.
[[nodiscard]] bool changes_to(std::string_view protocol, ResponseHead const& head);

[[nodiscard]] bool is_websocket(std::string_view protocol);

}  // namespace tidegate::http
