#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "tls/connection.h"
#include "tls/kept_bytes.h"
#include "tls/takeover.h"

namespace tidegate::tls {

class RecordStream;

/// A connection in OpenSSL's hands: the handshake always, and the data where our record layer
/// cannot take over, as in TLS 1.2.
class OpensslStream {
 public:
  /// `connection` outlives it.
  OpensslStream(SslPtr ssl, Connection& connection);
  OpensslStream(OpensslStream const&) = delete;
  OpensslStream& operator=(OpensslStream const&) = delete;
  ~OpensslStream();

  [[nodiscard]] Session::Result handshake();
  [[nodiscard]] Session::Result read(char* to, std::size_t size);
  [[nodiscard]] Session::Result write(std::span<std::string_view const> parts);
  void close();
  [[nodiscard]] bool is_drained() const;

  /// Once, after the handshake: our record layer with OpenSSL's keys, if it can go on from here;
  /// then this object has to go. Null when OpenSSL keeps the connection.
  [[nodiscard]] std::unique_ptr<RecordStream> hand_over(
      std::uint64_t records_per_key = RecordLayer::records_per_key);

  /// An info callback (SSL_CTX_set_info_callback) that ends connections which send one message
  /// without data after the other: OpenSSL 3.0 would go on processing KeyUpdates inside one
  /// SSL_read for as long as they come.
  static void limit_control_messages(SSL const* ssl, int where, int value);

 private:
  static BIO_METHOD const* socket_method();
  static int receive(BIO* bio, char* to, std::size_t size, std::size_t* received);
  static int transmit(BIO* bio, char const* from, std::size_t size, std::size_t* sent);
  static long control(BIO* bio, int command, long number, void* pointer);

  [[nodiscard]] Connection::Transfer receive(char* to, std::size_t size);
  void note_agreed_protocol();
  void resume_reading();
  void resume_writing();
  [[nodiscard]] Session::Status explain(int result);
  [[nodiscard]] Session::Status stopped_reading(int result);
  Session::Status hear_end();
  [[nodiscard]] Session::Status break_off();
  [[nodiscard]] Session::Result write(std::string_view bytes);

  Connection& connection_;
  SslPtr ssl_;
  std::unique_ptr<Takeover> takeover_;  ///< until the handshake is over; never in a client
  KeptBytes early_;                     ///< came with the last recv, and OpenSSL has not asked for
  bool wants_read_ = false;             ///< the last read stopped for lack of bytes
};

}  // namespace tidegate::tls
