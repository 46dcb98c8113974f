#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tidegate::tls {

/// What the server_name extension of a ClientHello holds (RFC 6066 §3).
struct ServerName {
  enum class Kind : std::uint8_t {
    none,       ///< no extension
    host,       ///< a host name
    unusable,   ///< something that cannot be a host name: an IP address, forbidden characters
    malformed,  ///< broken structure, or more than one name
  };
  Kind kind = Kind::none;
  std::string text;  ///< lower-cased, without a final dot; empty unless host or unusable

  /// `extension` is the extension's content.
  [[nodiscard]] static ServerName parse(std::span<unsigned char const> extension);
};

/// SNI patterns → servers: exact name, then the longest wildcard, then `*` (Istio Gateway,
/// Server.hosts).
class ServerNames {
 public:
  /// `pattern` is lower-case: a name, `*.suffix` or `*`. The first of equal patterns stays.
  void add(std::string_view pattern, std::uint32_t server);

  /// A wildcard covers any number of labels, at least one. Names that are not host names match
  /// `*` only.
  [[nodiscard]] std::optional<std::uint32_t> find(ServerName const& name) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Table = std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>>;

  Table exact_;
  Table wildcards_;  ///< `.suffix`, with the dot
  std::optional<std::uint32_t> any_;
};

}  // namespace tidegate::tls
