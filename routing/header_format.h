#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/arena.h"
#include "http/head.h"

namespace tidegate::routing {

/// What the `%…%` of a header's value may ask for. What is not known is empty.
struct HeaderFacts {
  http::RequestHead const& request;
  http::ResponseHead const* response = nullptr;  ///< null for a request's headers
  std::string_view remote_address = {};          ///< `address:port` of the client
  std::string_view remote_ip = {};
  std::string_view local_address = {};  ///< `address:port`
  std::string_view server_name = {};    ///< SNI
  std::string_view upstream_host = {};  ///< `address:port`
  std::string_view route_name = {};
  std::string_view host_name = {};  ///< of this gateway
  std::chrono::system_clock::time_point start = {};
};

/// A header's value as the configuration writes it, compiled: text with Envoy's operators, such as
/// `%DOWNSTREAM_REMOTE_ADDRESS%` or `%REQ(x-user?:authority:32)%`; `%%` is a percent sign.
class HeaderFormat {
 public:
  /// What is no known operator goes into `unknown` and stays in the value as it is written.
  HeaderFormat(std::string_view text, std::vector<std::string>& unknown);

  /// Empty also where the result is nothing that a header may hold.
  [[nodiscard]] std::string_view value(HeaderFacts const& facts, http::Arena& arena) const;
  /// Whether it says the same whatever the request.
  [[nodiscard]] bool is_literal() const;

  enum class Operator : std::uint8_t {
    literal,
    remote_address,
    remote_ip,
    local_address,
    request_header,
    response_header,
    protocol,
    server_name,
    upstream_host,
    response_code,
    start_time,
    host_name,
    route_name,
  };

 private:
  struct Part {
    Operator what = Operator::literal;
    std::string text;         ///< the literal, or a header's name in lower case
    std::string alternative;  ///< another header's name, for when there is none of the first
    std::size_t longest = std::string_view::npos;
  };

  [[nodiscard]] static bool parse(std::string_view inside, Part& part);
  [[nodiscard]] static std::string_view value_of(Part const& part, HeaderFacts const& facts,
                                                 http::Arena& arena);
  void add_literal(std::string_view text);

  std::vector<Part> parts_;
};

}  // namespace tidegate::routing
