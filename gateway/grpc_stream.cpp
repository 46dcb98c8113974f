#include "gateway/grpc_stream.h"

namespace tidegate::gateway {

using http::End;
using http::Failure;
using http::FieldId;
using http::GrpcKind;
using http::Room;

GrpcStream::GrpcStream(http::ServerStream& client, RequestHandler& handler, GrpcKind kind)
    : client_(client), handler_(handler), kind_(kind) {}

void GrpcStream::translate_request() {
  auto& request = handler_.request();
  auto& headers = request.headers;
  auto const type = headers.find(FieldId::content_type).value_or("");
  headers.set("content-type", http::grpc_type_of(type, handler_.arena()));
  headers.set("te", "trailers");
  headers.remove("x-grpc-web");
  if (!request.framing.has_body()) return;
  headers.remove(FieldId::content_length);
  request.framing = http::Framing::chunked();
  decodes_ = kind_ == GrpcKind::web_text;
}

void GrpcStream::pass_through() { is_passed_through_ = true; }

void GrpcStream::flow_to(http::BodySink& sink) {
  sink_ = &sink;
  client_.flow_to(inbound_);
  sink.fed_by(this);
}

void GrpcStream::stop(Failure failure) {
  sink_ = nullptr;
  client_.stop(failure);
}

Room GrpcStream::Inbound::write(http::Chunk chunk, End end) {
  auto& self = stream_;
  if (self.sink_ == nullptr) return Room::no;
  if (self.decodes_) {
    self.translated_.clear();
    bool const is_sound = self.decoder_.decode(chunk, self.translated_) &&
                          (end == End::no || self.decoder_.is_between_groups());
    if (!is_sound) {
      self.fail_request();
      return Room::no;
    }
    chunk = self.translated_;
    if (chunk.empty() && end == End::no) return Room::yes;
  }
  if (!self.is_passed_through_) self.requests_.count(chunk);
  return self.sink_->write(chunk, end);
}

void GrpcStream::Inbound::finish(http::Headers const& trailers) {
  auto& self = stream_;
  if (self.sink_ == nullptr) return;
  if (!self.decoder_.is_between_groups()) return self.fail_request();
  self.sink_->finish(trailers);
}

void GrpcStream::Inbound::fail(Failure failure) {
  if (stream_.sink_ != nullptr) stream_.sink_->fail(failure);
}

void GrpcStream::fail_request() {
  sink_ = nullptr;
  handler_.on_request_failure({.kind = Failure::Kind::protocol, .side = Failure::Side::client});
}

void GrpcStream::respond(http::ResponseHead& head, End end) {
  auto const type = head.headers.find(FieldId::content_type).value_or("");
  if (http::grpc_kind(type) == GrpcKind::grpc) {
    answer_kind_ = GrpcKind::grpc;
    if (is_web()) translate_answer(head, end);
  }
  client_.respond(head, end);
}

/// What has no body keeps its status among the header fields, where clients look as well.
void GrpcStream::translate_answer(http::ResponseHead& head, End end) {
  auto const type = head.headers.find(FieldId::content_type).value_or("");
  answer_kind_ = http::answer_kind(handler_.request().headers, kind_);
  head.headers.set("content-type", http::grpc_web_type_of(type, answer_kind_, handler_.arena()));
  if (end == End::yes) return;
  head.headers.remove(FieldId::content_length);
  head.framing = http::Framing::chunked();
}

Room GrpcStream::write(http::Chunk chunk, End end) {
  if (answer_kind_ != GrpcKind::none) responses_.count(chunk);
  if (answer_kind_ != GrpcKind::web_text) return client_.write(chunk, end);
  translated_.clear();
  http::append_base64(chunk, translated_);
  return client_.write(translated_, end);
}

void GrpcStream::finish(http::Headers const& trailers) {
  if (answer_kind_ != GrpcKind::web && answer_kind_ != GrpcKind::web_text) {
    return client_.finish(trailers);
  }
  std::string last;
  http::append_grpc_web_trailers(trailers, last);
  if (answer_kind_ == GrpcKind::web_text) {
    translated_.clear();
    http::append_base64(last, translated_);
    last.swap(translated_);
  }
  [[maybe_unused]] auto const room = client_.write(last, End::yes);
}

}  // namespace tidegate::gateway
