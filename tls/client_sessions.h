#pragma once

#include <memory>

namespace tidegate::tls {

class KeptTickets;

/// What the connections to one origin resume with: the latest few tickets that it gave out. Belongs
/// to one thread. May go before the connections that were begun with it; their tickets are lost
/// then.
class ClientSessions {
 public:
  ClientSessions();
  ClientSessions(ClientSessions&&) noexcept;
  ClientSessions& operator=(ClientSessions&&) noexcept;
  ~ClientSessions();

  /// For ClientContext.
  [[nodiscard]] std::shared_ptr<KeptTickets> const& tickets() const { return tickets_; }

 private:
  std::shared_ptr<KeptTickets> tickets_;  ///< shared with nobody; connections look whether it lives
};

}  // namespace tidegate::tls
