#pragma once

#include <memory>

#include "config/load.h"
#include "routing/snapshot.h"

namespace tidegate::routing {

/// Joins the documents into one snapshot: resolves references, inheritance and regexes, merges
/// Gateways and VirtualServices as Istio does. Every problem is reported; null when there was an
/// error.
[[nodiscard]] std::shared_ptr<Snapshot const> compile(config::Documents const& documents,
                                                      config::Diagnostics& diagnostics);

}  // namespace tidegate::routing
