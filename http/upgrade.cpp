#include "http/upgrade.h"

#include "http/characters.h"
#include "http/persistence.h"

namespace tidegate::http {
namespace {

bool is_token(std::string_view text) { return !text.empty() && is_all(CharClass::token, text); }

/// RFC 9110 §7.8: a name, perhaps with a version.
bool is_protocol(std::string_view text) {
  auto const slash = text.find('/');
  if (slash == std::string_view::npos) return is_token(text);
  return is_token(text.substr(0, slash)) && is_token(text.substr(slash + 1));
}

}  // namespace

std::string_view requested_upgrade(RequestHead const& head) {
  auto const protocol = head.headers.find(FieldId::upgrade);
  if (!protocol || head.version != Version::http11 || head.framing.has_body()) return {};
  if (head.headers.count(FieldId::upgrade) != 1 || !has_connection_option(head.headers, "upgrade"))
    return {};
  if (!is_protocol(*protocol) || iequals(*protocol, "h2c")) return {};
  if (is_websocket(*protocol) && head.method != "GET") return {};
  return *protocol;
}

bool changes_to(std::string_view protocol, ResponseHead const& head) {
  return head.headers.count(FieldId::upgrade) == 1 &&
         iequals(*head.headers.find(FieldId::upgrade), protocol);
}

bool is_websocket(std::string_view protocol) { return iequals(protocol, "websocket"); }

}  // namespace tidegate::http
