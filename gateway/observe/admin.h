#pragma once

#include "gateway/observe/local_service.h"

namespace tidegate::gateway {

class Gateway;

/// The admin API: JSON under /api/v1/, every change a POST (docs/operations.md).
[[nodiscard]] LocalAnswer answer_admin(Gateway& gateway, http::RequestHead const& request);

}  // namespace tidegate::gateway
