#pragma once

#include "http/headers.h"

namespace tidegate::http {

/// Fields that change how the message is routed, authenticated, cached or understood, for which it
/// is too late in a trailer (RFC 9110 §6.5.1): dropped, whatever the protocol.
[[nodiscard]] bool is_too_late_for_trailers(Field const& field);

}  // namespace tidegate::http
