#include "tls/kept_tickets.h"

#include <algorithm>
#include <utility>

namespace tidegate::tls {
namespace {

bool is_used_once(TicketPtr const& ticket) {
  return SSL_SESSION_get_protocol_version(ticket.get()) >= TLS1_3_VERSION;
}

}  // namespace

void KeptTickets::keep(Key const& key, TicketPtr ticket) {
  std::erase_if(entries_, [&](Entry const& entry) {
    return entry.is_for(key) && !is_used_once(entry.ticket);
  });
  if (entries_.size() == capacity) entries_.erase(entries_.begin());
  entries_.push_back({key.context, std::string(key.name), std::move(ticket)});
}

TicketPtr KeptTickets::take(Key const& key) {
  auto const newest = std::find_if(entries_.rbegin(), entries_.rend(),
                                   [&](Entry const& entry) { return entry.is_for(key); });
  if (newest == entries_.rend()) return nullptr;
  auto const place = std::prev(newest.base());
  bool const is_usable = SSL_SESSION_is_resumable(place->ticket.get()) == 1;
  if (is_usable && !is_used_once(place->ticket)) {
    SSL_SESSION_up_ref(place->ticket.get());
    return TicketPtr(place->ticket.get());
  }
  TicketPtr ticket = std::move(place->ticket);
  entries_.erase(place);
  return is_usable ? std::move(ticket) : nullptr;
}

}  // namespace tidegate::tls
