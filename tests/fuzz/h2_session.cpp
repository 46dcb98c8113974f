#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "http/h2_session.h"

// Bytes behind a valid preface into a server that answers, reads late, resets and sends trailers.
// The first byte chooses how it does that and how the input is cut to pieces.
namespace {

using namespace tidegate::http;

void require(bool holds) {
  if (!holds) std::abort();
}

class Server final : public H2Events {
 public:
  explicit Server(std::uint8_t manner)
      : manner_(manner), session(H2Session::Role::server, {}, *this) {}

  /// Pays back what was held, so that streams go on.
  void read_late() {
    for (auto& [id, stream] : streams_) session.consume(id, std::exchange(stream.held, 0));
  }
  [[nodiscard]] std::size_t open() const { return streams_.size(); }

 private:
  struct Stream {
    Arena arena;
    RequestHead head;
    std::size_t held = 0;
    bool has_head = false;
    bool is_ended = false;
  };

  H2HeadStorage storage(StreamId id) override {
    auto& stream = streams_[id];
    if (!stream.has_head) return {&stream.arena, &stream.head, nullptr};
    require(!stream.is_ended);
    return {&stream.arena, &stream.head, nullptr};
  }

  void on_request(StreamId id, End end, std::string_view protocol) override {
    auto& stream = streams_.at(id);
    require(!std::exchange(stream.has_head, true));
    auto const& head = stream.head;
    require(!head.method.empty() && !head.target.empty() && !head.authority.empty());
    require(head.headers.count(FieldId::host) == 1 && head.headers.count(FieldId::cookie) <= 1);
    require(head.method != "CONNECT" || !protocol.empty());
    for (Field const& field : head.headers) {
      require(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
      require(field.name.find_first_of(": \r\n_") == std::string_view::npos);
    }
    stream.is_ended = end == End::yes;
    if ((manner_ & 1) != 0 || end == End::yes) answer(id);
  }
  void on_request_rejected(StreamId id, ParseError error) override {
    require(error.status >= 400);
    streams_.at(id).has_head = true;
    answer(id);
  }
  void on_response(StreamId, End) override { std::abort(); }
  void on_informational(StreamId) override { std::abort(); }
  void on_data(StreamId id, Chunk chunk) override {
    auto& stream = streams_.at(id);
    require(stream.has_head && !stream.is_ended);
    stream.held += chunk.size();
    require(stream.held < 64 * 1024);
    if ((manner_ & 2) != 0) session.consume(id, std::exchange(stream.held, 0));
  }
  void on_trailers(StreamId id, Headers const&) override { on_end(id); }
  void on_end(StreamId id) override {
    require(!std::exchange(streams_.at(id).is_ended, true));
    answer(id);
  }
  void on_room(StreamId id) override { (void)session.write(id, "more", End::yes); }
  void on_stream_closed(StreamId id, std::optional<Failure>) override {
    require(streams_.erase(id) == 1);
  }
  void on_going_away(StreamId) override { session.ping(); }
  void on_settings() override {}
  void on_pong() override {}

  void answer(StreamId id) {
    if ((manner_ & 4) != 0 && id % 4 == 3) return session.reset(id, H2Error::refused_stream);
    ResponseHead head;
    head.status = 103;
    session.inform(id, head);
    head.status = 200;
    head.framing = Framing::chunked();
    session.respond(id, head, End::no);
    if (session.write(id, std::string((manner_ & 8) != 0 ? 100000 : 10, 'x'), End::no) ==
        Room::no) {
      return;
    }
    Headers trailers;
    trailers.add("x-sum", "1");
    session.finish(id, trailers);
  }

  std::uint8_t manner_;
  std::map<StreamId, Stream> streams_;

 public:
  H2Session session;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  auto const manner = data[0];
  std::string const bytes = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" +
                            std::string("\0\0\0\4\0\0\0\0\0", 9) +
                            std::string(reinterpret_cast<char const*>(data) + 1, size - 1);
  std::size_t const piece = (manner & 0x30) == 0x30 ? bytes.size() : 1U + (manner >> 4) * 13U;
  std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
  Server server(manner);
  std::string output;
  for (std::string_view rest = bytes; !rest.empty();
       rest.remove_prefix(std::min(piece, rest.size()))) {
    if (!server.session.receive(rest.substr(0, piece), now)) break;
    now += std::chrono::milliseconds(manner & 0x40 ? 100 : 0);
    while (server.session.produce(output, 4096)) output.clear();
    server.read_late();
  }
  while (server.session.produce(output, 4096)) output.clear();
  server.session.end(Failure::Kind::closed);
  require(server.open() == 0);
  return 0;
}
