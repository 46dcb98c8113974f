#pragma once

#include <memory>

#include "config/load.h"
#include "gateway/configuration.h"
#include "tls/ticket_keys.h"

namespace tidegate::gateway {

/// The whole way from documents to something that can be served: compile, certificates, networks.
/// Every problem is reported; null when one of them is an error. `tidegate check` and a reload are
/// this and nothing else.
[[nodiscard]] std::shared_ptr<Configuration const> build(config::Documents const& documents,
                                                         tls::TicketKeys const& keys,
                                                         config::Diagnostics& diagnostics);

}  // namespace tidegate::gateway
