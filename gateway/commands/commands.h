#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/load.h"

/// What each command of the binary does, apart from reading its arguments. All return the process's
/// exit code: 0 done, 1 the answer is no.
namespace tidegate::gateway {

enum class OutputFormat : std::uint8_t { text, json };

[[nodiscard]] int run_command(config::LoadOptions const& options);
[[nodiscard]] int check_command(config::LoadOptions const& options, OutputFormat format);

struct ProxyOptions {
  std::string to;                  ///< `host:port`; `:port` means this machine
  std::string from = ":8443";      ///< where HTTPS listens; `:port` means every address
  std::uint16_t http_port = 8080;  ///< redirects to HTTPS; 0 = none
};
[[nodiscard]] int proxy_command(ProxyOptions const& options);

struct DemoOptions {
  bool access_log = false;  ///< write it to standard output
};
[[nodiscard]] int demo_command(DemoOptions const& options);

struct AdminOptions {
  std::string address = "127.0.0.1:9901";
  std::string token;
};
/// `reload`, `drain` or `status` of a running gateway.
[[nodiscard]] int admin_command(std::string const& name, AdminOptions const& options,
                                OutputFormat format);

}  // namespace tidegate::gateway
