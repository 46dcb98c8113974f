#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "tls/connection.h"
#include "tls/kept_bytes.h"
#include "tls/record_layer.h"

namespace tidegate::tls {

/// An established TLS 1.3 connection on our own record layer. Between events it holds memory only
/// for what came and was not consumed, and for what is sealed and not sent.
class RecordStream {
 public:
  /// `early` came behind the handshake. `connection` outlives it.
  RecordStream(RecordLayer::Start const& start, Connection& connection, KeptBytes const& early);

  [[nodiscard]] Session::Result read(char* to, std::size_t size);
  [[nodiscard]] Session::Result write(std::span<std::string_view const> parts);
  void close();
  [[nodiscard]] bool is_drained() const;

 private:
  /// Where the caller of `read` wants its bytes.
  struct Space {
    std::span<char> free;
    std::size_t filled = 0;
    /// As much as there is room for; what is left over.
    std::span<char> fill(std::span<char> bytes);
  };

  void take_opened(Space& space);
  void open_kept(Space& space);
  [[nodiscard]] Session::Status receive(Space& space);
  [[nodiscard]] std::span<char> open(std::span<char> bytes, Space& space);

  [[nodiscard]] Connection::Moved send(std::span<char const> bytes);
  [[nodiscard]] Connection::Moved flush();
  [[nodiscard]] std::size_t settle();
  void say_last(Alert alert);

  Connection& connection_;
  RecordLayer layer_;
  KeptBytes unread_;        ///< what is left of an opened record, then records that are not opened
  std::size_t opened_ = 0;  ///< how many bytes in front of `unread_` are opened
  KeptBytes unsent_;        ///< sealed
  std::size_t sealed_ = 0;  ///< how many bytes are sealed that the caller still holds
};

}  // namespace tidegate::tls
