#pragma once

#include <cstdint>
#include <string>

namespace tidegate::http {

/// Envoy's response flags: what went wrong with a request, for logs and metrics (Envoy:
/// access_log/usage.rst).
enum class Flag : std::uint32_t {
  none = 0,
  no_healthy_upstream = 1U << 0,                ///< UH
  upstream_connection_failure = 1U << 1,        ///< UF
  upstream_overflow = 1U << 2,                  ///< UO
  no_route_found = 1U << 3,                     ///< NR
  upstream_retry_limit_exceeded = 1U << 4,      ///< URX
  no_cluster_found = 1U << 5,                   ///< NC
  downstream_connection_termination = 1U << 6,  ///< DC
  upstream_request_timeout = 1U << 7,           ///< UT
  local_reset = 1U << 8,                        ///< LR
  upstream_remote_reset = 1U << 9,              ///< UR
  upstream_connection_termination = 1U << 10,   ///< UC
  delay_injected = 1U << 11,                    ///< DI
  fault_injected = 1U << 12,                    ///< FI
  rate_limited = 1U << 13,                      ///< RL
  stream_idle_timeout = 1U << 14,               ///< SI
  downstream_protocol_error = 1U << 15,         ///< DPE
  upstream_protocol_error = 1U << 16,           ///< UPE
  duration_timeout = 1U << 17,                  ///< DT
  overload = 1U << 18,                          ///< OM
  dns_failure = 1U << 19,                       ///< DF
};

/// A set of flags.
class Flags {
 public:
  constexpr Flags() = default;
  constexpr Flags(Flag flag)
      : bits_(static_cast<std::uint32_t>(flag)) {}  // NOLINT: a flag is a set of one
  constexpr Flags& operator|=(Flags other) {
    bits_ |= other.bits_;
    return *this;
  }
  [[nodiscard]] friend constexpr Flags operator|(Flags a, Flags b) { return a |= b; }
  [[nodiscard]] constexpr bool has(Flag flag) const {
    return (bits_ & static_cast<std::uint32_t>(flag)) != 0;
  }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr std::uint32_t bits() const { return bits_; }
  friend constexpr bool operator==(Flags, Flags) = default;

 private:
  std::uint32_t bits_ = 0;
};

/// `UH,DI` in Envoy's order; `-` for none.
[[nodiscard]] std::string to_string(Flags flags);

}  // namespace tidegate::http
