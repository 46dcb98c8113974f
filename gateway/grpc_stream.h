#pragma once

#include <cstdint>
#include <string>

#include "gateway/downstream/service.h"
#include "http/grpc.h"
#include "http/grpc_web.h"
#include "http/stream.h"

namespace tidegate::gateway {

/// Stands between a client that sends gRPC or gRPC-Web and the exchange, to which both are gRPC.
/// Counts messages; holds no more than the piece of a body that it is translating.
class GrpcStream final : public http::ServerStream {
 public:
  /// `handler` is who gets the request, and hears of a body that cannot be decoded.
  GrpcStream(http::ServerStream& client, RequestHandler& handler, http::GrpcKind kind);
  GrpcStream(GrpcStream const&) = delete;
  GrpcStream& operator=(GrpcStream const&) = delete;

  [[nodiscard]] bool is_web() const { return kind_ != http::GrpcKind::grpc; }
  /// Makes a request of gRPC-Web one of gRPC; before anything of its body is read.
  void translate_request();
  /// The origin shall see the request as it came: from here on this is not gRPC to anybody.
  void pass_through();
  [[nodiscard]] bool is_passed_through() const { return is_passed_through_; }

  /// That have begun, in each direction.
  [[nodiscard]] std::uint64_t request_messages() const { return requests_.messages(); }
  [[nodiscard]] std::uint64_t response_messages() const { return responses_.messages(); }
  /// The answer may end here without breaking a message.
  [[nodiscard]] bool is_between_messages() const { return responses_.is_between_messages(); }

  // http::ServerStream
  void flow_to(http::BodySink& sink) override;
  void pull() override { client_.pull(); }
  void stop(http::Failure failure) override;
  void inform(http::ResponseHead const& head) override { client_.inform(head); }
  void respond(http::ResponseHead& head, http::End end) override;
  http::Room write(http::Chunk chunk, http::End end) override;
  void finish(http::Headers const& trailers) override;
  void fail(http::Failure failure) override { client_.fail(failure); }
  void fed_by(http::BodySource* source) override { client_.fed_by(source); }

 private:
  /// The request's body on its way in.
  class Inbound final : public http::BodySink {
   public:
    explicit Inbound(GrpcStream& stream) : stream_(stream) {}
    http::Room write(http::Chunk chunk, http::End end) override;
    void finish(http::Headers const& trailers) override;
    void fail(http::Failure failure) override;
    void fed_by(http::BodySource* /*source*/) override {}

   private:
    GrpcStream& stream_;
  };

  void translate_answer(http::ResponseHead& head, http::End end);
  void fail_request();

  http::ServerStream& client_;
  RequestHandler& handler_;
  Inbound inbound_{*this};
  http::BodySink* sink_ = nullptr;
  http::GrpcMessageCounter requests_;
  http::GrpcMessageCounter responses_;
  http::Base64Decoder decoder_;
  std::string translated_;                             ///< the present piece
  http::GrpcKind const kind_;                          ///< of the request
  http::GrpcKind answer_kind_ = http::GrpcKind::none;  ///< of the answer, once it began
  bool decodes_ = false;                               ///< the request's body is base64
  bool is_passed_through_ = false;
};

}  // namespace tidegate::gateway
