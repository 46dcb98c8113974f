#pragma once

#include "gateway/io/event_loop.h"

namespace tidegate::gateway {

/// A client's connection, whatever protocol it speaks. Owned by its service.
class ClientConnection : public EventHandler {
 public:
  /// Registers with the loop. Once, before anything else.
  virtual void open() = 0;
  /// Ends the connection as soon as no request is under way.
  virtual void drain() = 0;
  /// Ends it now; requests under way are cut off.
  virtual void cut() = 0;
};

}  // namespace tidegate::gateway
