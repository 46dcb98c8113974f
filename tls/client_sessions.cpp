#include "tls/client_sessions.h"

#include "tls/kept_tickets.h"

namespace tidegate::tls {

ClientSessions::ClientSessions() : tickets_(std::make_shared<KeptTickets>()) {}
ClientSessions::ClientSessions(ClientSessions&&) noexcept = default;
ClientSessions& ClientSessions::operator=(ClientSessions&&) noexcept = default;
ClientSessions::~ClientSessions() = default;

}  // namespace tidegate::tls
