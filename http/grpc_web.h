#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "http/arena.h"
#include "http/grpc.h"
#include "http/headers.h"

/// gRPC-Web, for clients that cannot read trailers (grpc: doc/PROTOCOL-WEB.md). Pure.
namespace tidegate::http {

/// Undoes base64 that arrives in any pieces. Clients encode piece by piece, so padding may stand
/// anywhere between two groups of four.
class Base64Decoder {
 public:
  /// Appends what `text` completes. False when it is malformed: for good.
  [[nodiscard]] bool decode(std::string_view text, std::string& to);
  /// No group is incomplete.
  [[nodiscard]] bool is_between_groups() const { return held_ == 0; }

 private:
  std::array<char, 4> group_{};
  std::size_t held_ = 0;  ///< characters of `group_` that are there
};

/// Appends `bytes` with padding: a piece of its own for whoever decodes as `Base64Decoder` does.
void append_base64(std::string_view bytes, std::string& to);

/// Appends the part that a gRPC-Web body ends with in place of trailers.
void append_grpc_web_trailers(Headers const& trailers, std::string& to);

/// The Content-Type of a gRPC request or answer for one of gRPC-Web: the suffix stays.
[[nodiscard]] std::string_view grpc_type_of(std::string_view grpc_web_type, Arena& arena);
/// The reverse; `kind` says whether the body is text. Without a suffix it is `+proto`, as clients
/// expect.
[[nodiscard]] std::string_view grpc_web_type_of(std::string_view grpc_type, GrpcKind kind,
                                                Arena& arena);
/// How the answer to this request of gRPC-Web is to be written: as `Accept` says, else as the
/// request is.
[[nodiscard]] GrpcKind answer_kind(Headers const& request, GrpcKind request_kind);

}  // namespace tidegate::http
