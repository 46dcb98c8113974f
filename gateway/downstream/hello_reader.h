#pragma once

#include "gateway/downstream/client_connection.h"
#include "gateway/downstream/service.h"
#include "gateway/io/socket.h"
#include "tls/server_names.h"

namespace tidegate::gateway {

/// A client's connection of which only the ClientHello decides what it becomes: decrypted here, or
/// passed on. Looks at it and leaves it in the socket for whoever goes on.
class HelloReader final : public ClientConnection, public TimerHandler {
 public:
  class Owner {
   public:
    /// `reader` is done with; the service destroys it after this turn.
    virtual void hello_read(ClientConnection& reader, Socket socket, ConnectionInfo info,
                            tls::ServerName const& name) = 0;

   protected:
    ~Owner() = default;
  };

  HelloReader(Service& service, Owner& owner, Socket socket, ConnectionInfo info);

  void open() override;
  void drain() override;
  void cut() override;
  void on_ready(std::uint32_t events) override;
  void on_timer(Timer& timer) override;

 private:
  void give_up();

  Service& service_;
  Owner& owner_;
  Socket socket_;
  ConnectionInfo info_;
  Timer timer_;
};

}  // namespace tidegate::gateway
