#include "tests/http/h2_peer.h"

namespace tidegate::http {

H2Peer::Stream& H2Peer::operator[](StreamId id) {
  auto& stream = streams[id];
  if (!stream) stream = std::make_unique<Stream>();
  return *stream;
}

std::size_t H2Peer::count_closed(Failure::Kind kind) const {
  std::size_t count = 0;
  for (auto const& [id, stream] : streams) {
    count += stream->is_closed && stream->failure && stream->failure->kind == kind ? 1 : 0;
  }
  return count;
}

H2HeadStorage H2Peer::storage(StreamId id) {
  auto& stream = (*this)[id];
  return {&stream.arena, &stream.request, &stream.response};
}

void H2Peer::on_request(StreamId id, End end, std::string_view protocol) {
  auto& stream = (*this)[id];
  ++stream.heads;
  stream.protocol = protocol;
  if (end == End::yes) on_end(id);
}

void H2Peer::on_request_rejected(StreamId id, ParseError error) {
  (*this)[id].rejected = error;
  if (answers_rejections) answer(id, error.status);
}

void H2Peer::on_response(StreamId id, End end) {
  ++(*this)[id].heads;
  if (end == End::yes) on_end(id);
}

void H2Peer::on_informational(StreamId id) {
  auto& stream = (*this)[id];
  stream.interim.push_back(stream.response.status);
}

void H2Peer::on_data(StreamId id, Chunk chunk) {
  (*this)[id].body.append(chunk);
  if (consumes) session.consume(id, chunk.size());
}

void H2Peer::on_trailers(StreamId id, Headers const& trailers) {
  for (Field const& field : trailers) {
    (*this)[id].trailers.emplace_back(field.name, field.value);
  }
  on_end(id);
}

void H2Peer::on_end(StreamId id) {
  (*this)[id].is_ended = true;
  if (answer_with != 0) answer(id, answer_with);
}

void H2Peer::on_room(StreamId id) {
  ++(*this)[id].rooms;
  on_room_do(id);
}

void H2Peer::on_stream_closed(StreamId id, std::optional<Failure> failure) {
  auto& stream = (*this)[id];
  if (stream.is_closed) std::abort();  // exactly once
  stream.is_closed = true;
  stream.failure = failure;
}

void H2Peer::answer(StreamId id, int status) {
  ResponseHead head;
  head.status = status;
  head.framing = Framing::of_length(0);
  session.respond(id, head, End::yes);
}

void H2Link::run() {
  for (bool moved = true; moved;) {
    moved = false;
    for (auto [from, to] : {std::pair(&client, &server), std::pair(&server, &client)}) {
      std::string bytes;
      while (from->session.produce(bytes, 64 * 1024)) {
      }
      if (bytes.empty()) continue;
      moved = true;
      [[maybe_unused]] bool alive = to->session.receive(bytes, now);
    }
  }
}

StreamId H2Link::ask(std::string_view method, std::string_view path, End end, Framing framing,
                     std::string_view protocol) {
  RequestHead head;
  head.method = method;
  head.target = path;
  head.scheme = "https";
  head.authority = "example.com";
  head.framing = framing;
  return client.session.request(head, end, protocol);
}

void H2Link::answer(StreamId id, int status, End end, Framing framing) {
  ResponseHead head;
  head.status = status;
  head.framing = framing;
  server.session.respond(id, head, end);
}

H2Victim::H2Victim(H2Limits const& limits) : server(H2Session::Role::server, limits) {
  server.answer_with = 200;
  send(std::string(wire::preface) + wire::frame(wire::settings, 0, 0, {}) +
       wire::frame(wire::settings, wire::ack, 0, {}));
}

bool H2Victim::send(std::string_view bytes) {
  bool const alive = server.session.receive(bytes, now);
  while (server.session.produce(output, 64 * 1024)) {
  }
  return alive && !server.session.is_over();
}

}  // namespace tidegate::http
