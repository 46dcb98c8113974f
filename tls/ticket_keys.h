#pragma once

#include <array>

namespace tidegate::tls {

/// The secret under which session tickets are sealed. One a process, shared by every context of
/// every worker and kept through reloads, so that any of them resumes what another began.
struct TicketKeys {
  std::array<unsigned char, 80> bytes;

  /// Fresh random keys. Aborts when the system has no randomness.
  [[nodiscard]] static TicketKeys generate();
};

}  // namespace tidegate::tls
