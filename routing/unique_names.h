#pragma once

#include "config/load.h"
#include "routing/report.h"

namespace tidegate::routing {

/// Warns of two resources with one kind, namespace and name: Kubernetes would keep the later one
/// only, here both are read.
void check_unique_names(config::Documents const& documents, Report& report);

}  // namespace tidegate::routing
