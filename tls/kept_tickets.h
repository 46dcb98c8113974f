#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tls/openssl.h"

namespace tidegate::tls {

/// Tickets by the name and the context that they were got with: one verified under other rules or
/// as somebody else resumes nothing. The newest are kept.
class KeptTickets {
 public:
  static constexpr std::size_t capacity = 8;

  /// `context` is the number of a ClientContext.
  struct Key {
    std::uint64_t context = 0;
    std::string_view name;
  };

  void keep(Key const& key, TicketPtr ticket);
  /// The newest for `key`, or null. One of TLS 1.3 is used once (RFC 8446 §C.4), others stay.
  [[nodiscard]] TicketPtr take(Key const& key);

 private:
  struct Entry {
    std::uint64_t context;
    std::string name;
    TicketPtr ticket;

    [[nodiscard]] bool is_for(Key const& key) const {
      return context == key.context && name == key.name;
    }
  };
  std::vector<Entry> entries_;  ///< oldest first
};

}  // namespace tidegate::tls
