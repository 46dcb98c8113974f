#include "gateway/observe/local_service.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "gateway/downstream/h1_server.h"
#include "http/h1_writer.h"

namespace tidegate::gateway {
namespace {

constexpr std::size_t kScratch = 16 * 1024;
constexpr std::size_t kMaxConnections = 256;

/// Probes and scrapers ask at once; whoever only holds a connection must not keep them out.
config::Settings impatient_settings() {
  config::Settings settings;
  auto& limits = settings.limits;
  limits.header_timeout = limits.request_timeout = limits.stream_idle_timeout = milliseconds{5'000};
  limits.connection_idle_timeout = milliseconds{60'000};
  return settings;
}

}  // namespace

class LocalService::Handler final : public RequestHandler {
 public:
  explicit Handler(LocalService& service) : service_(service) {}

  http::Arena& arena() override { return arena_; }
  http::RequestHead& request() override { return request_; }
  void start(http::ServerStream& stream) override {
    auto const question = request_.target.find('?');
    request_.path = request_.target.substr(0, question);
    if (question != std::string_view::npos) request_.query = request_.target.substr(question + 1);
    answer(stream, service_.answer_(request_));
  }
  void reject(http::ServerStream& stream, int status, std::string_view /*details*/) override {
    answer(stream, {status, std::string(http::reason_phrase(status)) + "\n"});
  }
  void on_request_failure(http::Failure /*failure*/) override {}
  void finished(std::optional<http::Failure> /*failure*/) override {
    request_.clear();
    arena_.reset();
    service_.free_handlers_.push_back(this);
  }

 private:
  void answer(http::ServerStream& stream, LocalAnswer made) {
    body_ = std::move(made.body);
    content_type_ = std::move(made.content_type);
    response_.clear();
    response_.status = made.status;
    response_.headers.add("content-type", content_type_);
    response_.headers.add("cache-control", "no-store");
    response_.framing = http::Framing::of_length(body_.size());
    bool const has_body = !body_.empty() && request_.method != "HEAD";
    stream.respond(response_, has_body ? http::End::no : http::End::yes);
    if (has_body) [[maybe_unused]]
      auto room = stream.write(body_, http::End::yes);
  }

  LocalService& service_;
  http::Arena arena_;
  http::RequestHead request_;
  http::ResponseHead response_;
  std::string body_;
  std::string content_type_;
};

LocalService::LocalService(EventLoop& loop, std::string const& address, Answer answer)
    : loop_(loop),
      answer_(std::move(answer)),
      metrics_(own_metrics_.add_worker()),
      settings_(impatient_settings()),
      scratch_(kScratch) {
  auto const parsed = SocketAddress::parse_with_port(address);
  if (!parsed) {
    throw std::system_error(EINVAL, std::generic_category(),
                            "\"" + address + "\" is not an address such as 127.0.0.1:9901");
  }
  check_bindable(*parsed);
  listener_ = std::make_unique<Listener>(
      loop_, listen_on(*parsed), [this](Socket socket, SocketAddress const& remote) {
        if (connections_.size() >= kMaxConnections) connections_.begin()->second->cut();
        ConnectionInfo info;
        info.remote = remote.text();
        auto connection =
            std::make_unique<H1Server>(*this, Transport(std::move(socket)), std::move(info));
        auto& opened = *connection;
        connections_.emplace(next_id_++, std::move(connection));
        opened.open();
      });
}

LocalService::~LocalService() = default;

RequestHandler& LocalService::begin(ConnectionInfo const& /*connection*/) {
  if (free_handlers_.empty()) {
    handlers_.push_back(std::make_unique<Handler>(*this));
    free_handlers_.push_back(handlers_.back().get());
  }
  auto& handler = *free_handlers_.back();
  free_handlers_.pop_back();
  return handler;
}

void LocalService::closed(ClientConnection& connection) {
  auto const entry = std::ranges::find(connections_, &connection,
                                       [](auto const& each) { return each.second.get(); });
  loop_.dispose(std::move(entry->second));
  connections_.erase(entry);
}

}  // namespace tidegate::gateway
