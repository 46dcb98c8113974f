#include "gateway/upstream/h1_client.h"

#include <utility>

#include "gateway/observe/metrics.h"
#include "http/h1_writer.h"
#include "http/persistence.h"

namespace tidegate::gateway {
namespace {

using http::Failure;

constexpr std::size_t kHighWater = 64 * 1024;
constexpr std::size_t kLowWater = 32 * 1024;
constexpr std::size_t kWorthSending =
    4 * 1024;  // below: a system call each would cost more than a copy
constexpr int kReadsAStep = 16;
constexpr int kMaxInterim = 16;  // an origin that sends more 1xx than this is not going to answer

}  // namespace

H1Client::H1Client(UpstreamContext& context, Host& host, Origin const& origin,
                   std::string server_name, Claim claim)
    : context_(context),
      host_(host),
      server_name_(std::move(server_name)),
      claim_(std::move(claim)),
      dialer_(host.dial(*this, origin, server_name_)),
      output_(context.buffers),
      input_(context.buffers),
      timer_(context.loop.timers(), *this) {
  context_.metrics.upstream_connection_opened();
}

H1Client::~H1Client() { context_.metrics.upstream_connection_closed(); }

void H1Client::on_ready(std::uint32_t events) {
  if (phase_ == Phase::closed) return;
  if (phase_ == Phase::connecting) {
    connect();
    if (phase_ != Phase::busy) return;
  }
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readable_ = true;
  if ((events & (EPOLLRDHUP | EPOLLHUP)) != 0) has_hung_up_ = true;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) output_.unblock();
  if (phase_ == Phase::idle) {
    if (readable_ && !is_alive()) close();
    return;
  }
  bool const is_broken = (events & EPOLLERR) != 0 && request_ == Request::streaming;
  if (is_tunnel_ && is_broken) request_broke();
  flush();
  read_input();
  if (is_tunnel_) step_tunnel();
}

void H1Client::connect() {
  auto const progress = dialer_->advance();
  if (progress == Dialer::Progress::pending) return;
  auto const dialer = std::move(dialer_);
  phase_ = Phase::busy;
  if (progress == Dialer::Progress::failed) {
    context_.metrics.upstream_connect_failed();
    keeps_alive_ = false;
    host_.note_failure(dialer->error());
    return broke(Failure::Kind::connect);
  }
  opened_ = context_.loop.now();
  local_address_ = dialer->local_address();
  remote_address_ = dialer->remote_address();
  transport_ = dialer->take_transport();
  if (handler_ == nullptr) close();  // given up in the meantime
}

void H1Client::request(http::RequestHead const& head, http::End end) {
  asked_ = &head;
  http::write_request_head(head, output_.queue());
  is_chunked_ = end == http::End::no && head.framing.kind == http::Framing::Kind::chunked;
  request_ = end == http::End::yes ? Request::complete : Request::streaming;
  if (end == http::End::no) return context_.loop.schedule(*this);  // the body may come along
  flush();
}

void H1Client::flush() {
  bool const is_in_use = phase_ == Phase::busy || phase_ == Phase::leaving;
  if (!is_in_use || request_ == Request::broken) return;
  if (!output_.empty() && !output_.is_blocked()) {
    auto const before = output_.size();
    auto const status = output_.flush(transport_);
    note_written(before);
    if (status == Transport::Status::failed) request_broke();
  }
  if (is_starved_ && output_.size() < kLowWater) {
    is_starved_ = false;
    if (source_ != nullptr && request_ == Request::streaming) source_->pull();
  }
}

/// There may still be an answer to read: an origin that refuses an upload answers and closes.
void H1Client::request_broke() {
  request_ = Request::broken;
  keeps_alive_ = false;
  output_.clear();
  readable_ = true;
  context_.loop.schedule(*this);
}

void H1Client::note_written(std::size_t before) {
  if (output_.size() < before) written_ += before - output_.size();
}

http::Room H1Client::write(http::Chunk chunk, http::End end) {
  if (request_ != Request::streaming) return http::Room::yes;  // nobody listens; let it run out
  std::string_view const tail =
      is_chunked_ ? http::frame_chunk(chunk, end, output_.queue()) : std::string_view();
  if (end == http::End::yes) {
    request_ = Request::complete;
    if (is_tunnel_) context_.loop.schedule(*this);  // for the end of it
  }
  if (phase_ == Phase::connecting) {
    // Nothing is read on before there is somebody to send it to: the request may have to go
    // elsewhere.
    output_.queue().append(chunk).append(tail);
    is_starved_ = true;
    return http::Room::no;
  }
  if (end == http::End::no && output_.size() + chunk.size() < kWorthSending) {
    output_.queue().append(chunk).append(tail);  // leaves with its like at the end of the step
    context_.loop.schedule(*this);
  } else {
    auto const before = output_.size() + chunk.size() + tail.size();
    auto const status = output_.send(transport_, chunk, tail);
    note_written(before);
    if (status == Transport::Status::failed) request_broke();
  }
  if (output_.size() < kHighWater) return http::Room::yes;
  is_starved_ = true;
  return http::Room::no;
}

void H1Client::finish(http::Headers const& trailers) {
  if (request_ != Request::streaming) return;
  if (is_chunked_) http::write_last_chunk(&trailers, output_.queue());
  request_ = Request::complete;
  context_.loop.schedule(*this);
}

void H1Client::fail(Failure /*failure*/) {
  keeps_alive_ = false;  // the request will stay incomplete; whoever failed it releases the stream
  request_ = Request::broken;
}

void H1Client::flow_to(http::BodySink& sink) {
  sink_ = &sink;
  sink.fed_by(this);
  pull();
}

void H1Client::pull() {
  has_room_ = true;
  context_.loop.schedule(*this);
}

void H1Client::stop(Failure /*failure*/) {
  sink_ = nullptr;
  keeps_alive_ = false;
}

void H1Client::read_input() {
  for (int reads = 0; wants_input();) {
    if (!input_.empty()) {
      auto const used = consume(input_.view());
      input_.use(used);
      if (used != 0) continue;
    }
    if (!readable_) return;
    if (++reads > kReadsAStep) return context_.loop.schedule(*this);
    if (!receive()) return;
  }
}

bool H1Client::wants_input() const {
  if (phase_ != Phase::busy || handler_ == nullptr) return false;
  return answer_ == Answer::none || (answer_ == Answer::streaming && sink_ != nullptr && has_room_);
}

bool H1Client::receive() {
  auto const result = transport_.read(context_.scratch);
  // Behind the last bytes of a peer that hung up waits its end, and no further event will announce
  // it.
  if (result.drained && !has_hung_up_) readable_ = false;
  switch (result.status) {
    case Transport::Status::blocked: return false;
    case Transport::Status::closed: on_end_of_input(); return false;
    case Transport::Status::failed: broke(Failure::Kind::reset); return false;
    case Transport::Status::done: break;
  }
  response_started_ = true;
  std::string_view bytes(context_.scratch.data(), result.bytes);
  if (input_.empty()) {
    while (!bytes.empty() && wants_input()) {
      auto const used = consume(bytes);
      if (used == 0) break;
      bytes.remove_prefix(used);
    }
  }
  if (phase_ != Phase::busy) return false;
  input_.append(bytes);  // after a complete answer these belong to no request: see is_reusable
  return true;
}

std::size_t H1Client::consume(std::string_view bytes) {
  return answer_ == Answer::none ? consume_head(bytes) : consume_body(bytes);
}

std::size_t H1Client::consume_head(std::string_view bytes) {
  auto const limit = context_.limits.response_header_bytes;
  auto const found = scanner_.scan(bytes, limit);
  using Status = http::HeadScanner::Result::Status;
  if (found.status == Status::need_more) return 0;
  if (found.status != Status::complete) {
    broke(Failure::Kind::protocol);
    return bytes.size();
  }
  scanner_.reset();
  response_.clear();
  auto const error = http::parse_response_head(
      bytes.substr(0, found.size), {.bytes = limit, .count = 1000}, asked_->method, response_);
  has_unused_input_ = bytes.size() > found.size;
  if (error.status != 0 || !begin_answer(response_)) broke(Failure::Kind::protocol);
  has_unused_input_ = false;
  return found.size;
}

/// False when the origin may not say that.
bool H1Client::begin_answer(http::ResponseHead& head) {
  if (head.status < 200) {
    if (head.status == 101) return begin_tunnel(head);
    if (++interim_ > kMaxInterim) return false;
    handler_->on_informational(head);
    return true;
  }
  bool const ends_at_close = head.framing.kind == http::Framing::Kind::until_close;
  auto const persistence = http::persistence_of(head.version, head.headers);
  if (ends_at_close || persistence == http::Persistence::close) keeps_alive_ = false;
  bool const has_body = head.framing.has_body();
  answer_ = has_body ? Answer::streaming : Answer::complete;
  if (has_body) decoder_.start(head.framing);
  auto* const handler = handler_;
  handler->on_response(head, has_body ? http::End::no : http::End::yes);
  return true;
}

std::size_t H1Client::consume_body(std::string_view bytes) {
  auto const step = decoder_.next(bytes);
  using Status = http::BodyDecoder::Step::Status;
  switch (step.status) {
    case Status::need_more: break;
    case Status::malformed: broke(Failure::Kind::protocol); break;
    case Status::data: {
      auto const end = decoder_.is_done() ? http::End::yes : http::End::no;
      if (end == http::End::yes) answer_ = Answer::complete;
      has_room_ = sink_->write(step.data, end) == http::Room::yes;
      break;
    }
    case Status::done: end_answer(); break;
  }
  return step.consumed;
}

void H1Client::end_answer() {
  if (std::exchange(answer_, Answer::complete) == Answer::complete) return;
  if (decoder_.trailers().empty()) {
    [[maybe_unused]] auto room = sink_->write({}, http::End::yes);
  } else {
    sink_->finish(decoder_.trailers());
  }
}

void H1Client::on_end_of_input() {
  if (answer_ == Answer::streaming && decoder_.ends_at_close()) return end_answer();
  broke(Failure::Kind::closed);
}

void H1Client::broke(Failure::Kind kind) {
  keeps_alive_ = false;
  auto const was = std::exchange(answer_, Answer::complete);
  if (is_tunnel_) source_ = nullptr;  // one direction is told for both
  Failure const failure{.kind = kind,
                        .side = Failure::Side::upstream,
                        .sent_nothing = written_ == 0,
                        .on_reused = requests_ > 1,
                        .response_started = response_started_};
  if (was == Answer::streaming) {
    if (sink_ != nullptr) std::exchange(sink_, nullptr)->fail(failure);
  } else if (was == Answer::none && handler_ != nullptr) {
    std::exchange(handler_, nullptr)->on_failure(failure);
  }
}

}  // namespace tidegate::gateway
