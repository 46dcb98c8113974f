#include "gateway/commands/commands.h"
#include "gateway/gateway.h"

namespace tidegate::gateway {

int run_command(config::LoadOptions const& options) {
  Gateway gateway(
      [options](config::Diagnostics& diagnostics) { return config::load(options, diagnostics); },
      {});
  return gateway.run();
}

}  // namespace tidegate::gateway
