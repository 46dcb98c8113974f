#include "gateway/mirror.h"

#include <utility>

#include "gateway/observe/metrics.h"

namespace tidegate::gateway {
namespace {

constexpr std::size_t kMostUnderWay = 1024;  ///< a worker

http::RequestHead copy_of(http::RequestHead const& from, std::size_t body, http::Arena& arena) {
  http::RequestHead head;
  head.method = arena.copy(from.method);
  head.target = arena.copy(from.target);
  head.scheme = arena.copy(from.scheme);
  head.authority = arena.copy(from.authority);
  head.version = from.version;
  for (http::Field const& field : from.headers) {
    // The body goes along at once, and its length is known by now.
    if (field.id == http::FieldId::expect || field.id == http::FieldId::content_length) continue;
    head.headers.add({arena.copy(field.name), arena.copy(field.value), field.id});
  }
  if (from.framing.has_body()) head.framing = http::Framing::of_length(body);
  return head;
}

}  // namespace

Mirror::Mirror(Mirrors& owner, EventLoop& loop, http::RequestHead const& request,
               std::string_view body)
    : owner_(owner),
      loop_(loop),
      head_(copy_of(request, body.size(), arena_)),
      body_(body),
      timer_(loop.timers(), *this) {}

bool Mirror::send(HostPtr host, milliseconds longest) {
  host_ = std::move(host);
  if (host_->counts_requests()) {
    claim_ = host_->claim_request();
    if (!claim_) return false;
  }
  stream_ = host_->open(*this, Reuse::checked, head_);
  if (!stream_) return false;
  timer_.arm_in(longest);
  stream_->request(head_, body_.empty() ? http::End::yes : http::End::no);
  if (body_.empty()) return true;
  stream_->fed_by(nullptr);
  [[maybe_unused]] auto room = stream_->write(body_, http::End::yes);
  return true;
}

void Mirror::on_response(http::ResponseHead& head, http::End end_of_answer) {
  bool const is_over = end_of_answer == http::End::yes || head.status == 101;
  if (is_over) return end();
  stream_->flow_to(*this);
}

http::Room Mirror::write(http::Chunk /*chunk*/, http::End end_of_answer) {
  if (end_of_answer == http::End::yes) end();
  return http::Room::yes;
}

/// The stream is let go of in a step of its own: this may be a callback of it.
void Mirror::end() { loop_.schedule(*this); }

void Mirror::on_ready(std::uint32_t /*events*/) {
  timer_.disarm();
  stream_.reset();
  owner_.remove(*this);
}

void Mirrors::send(Upstream& upstream, routing::Random& random, http::RequestHead const& request,
                   std::string_view body, milliseconds longest) {
  auto host = under_way_.size() < kMostUnderWay ? upstream.pick(random, HostWish{}) : HostPtr();
  if (!host) return metrics_.mirror_left_out();
  auto mirror = std::make_unique<Mirror>(*this, loop_, request, body);
  auto& started = *mirror;
  if (!started.send(std::move(host), longest)) return metrics_.mirror_left_out();
  metrics_.mirror_sent();
  under_way_.emplace(&started, std::move(mirror));
}

void Mirrors::remove(Mirror& mirror) {
  auto const found = under_way_.find(&mirror);
  if (found == under_way_.end()) return;  // it ended twice in one turn
  loop_.dispose(std::move(found->second));
  under_way_.erase(found);
}

}  // namespace tidegate::gateway
