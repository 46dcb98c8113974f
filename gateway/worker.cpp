#include "gateway/worker.h"

#include <algorithm>
#include <ctime>
#include <set>
#include <unordered_set>
#include <utility>

#include "gateway/downstream/h1_server.h"
#include "gateway/downstream/h2_server.h"
#include "gateway/l4_relay.h"

namespace tidegate::gateway {
namespace {

constexpr std::size_t kScratch = 64 * 1024;
constexpr milliseconds kLogInterval{250};
/// How long before the end of a drain tunnels are taken leave of: both sides get a second.
constexpr milliseconds kLongFarewell{3000};

}  // namespace

Worker::Worker(SharedState& shared, WorkerMetrics& metrics, AccessLog& access_log,
               std::uint64_t seed)
    : shared_(shared),
      metrics_(metrics),
      access_log_file_(access_log),
      access_log_(access_log),
      scratch_memory_(std::make_unique_for_overwrite<char[]>(kScratch)),
      scratch_(scratch_memory_.get(), kScratch),
      random_(seed),
      upstream_context_{loop_, buffers_, scratch_, metrics_, {}},
      flush_timer_(loop_.timers(), *this),
      dns_(std::make_shared<DnsTable const>()),
      mirrors_(loop_, metrics_) {
  flush_timer_.arm_in(kLogInterval);
}

Worker::~Worker() = default;

void Worker::publish(std::shared_ptr<Configuration const> configuration,
                     std::shared_ptr<DnsTable const> dns) {
  if (!is_draining_) open_listeners(*configuration);
  dns_ = std::move(dns);
  upstream_context_.limits = configuration->snapshot->settings.limits;
  pinned_ = pin(std::move(configuration));
  for (auto const& cluster : pinned_->snapshot().clusters) update_upstream(*cluster);
  std::unordered_set<Upstream const*> present;
  for (auto const& upstream : pinned_->upstreams) present.insert(upstream.get());
  std::erase_if(upstreams_,
                [&](auto const& entry) { return !present.contains(entry.second.get()); });
}

void Worker::update_dns(std::shared_ptr<DnsTable const> dns) {
  dns_ = std::move(dns);
  for (auto const& cluster : pinned_->snapshot().clusters) {
    if (cluster->discovery == routing::Cluster::Discovery::dns) update_upstream(*cluster);
  }
}

void Worker::update_upstream(routing::Cluster const& cluster) {
  auto const& tls = pinned_->configuration->client_contexts[cluster.id];
  pinned_->upstreams[cluster.id]->update(cluster, tls, *dns_);
}

PinnedPtr Worker::pin(std::shared_ptr<Configuration const> configuration) {
  PinnedPtr pinned(new Pinned);
  auto const& snapshot = *configuration->snapshot;
  for (auto const& cluster : snapshot.clusters) {
    auto& upstream = upstreams_[cluster->name];
    if (!upstream) {
      upstream = std::make_shared<Upstream>(upstream_context_, shared_.clusters.of(cluster->name));
    }
    pinned->upstreams.push_back(upstream);
  }
  for (auto const& listener : snapshot.listeners) {
    pinned->listener_ids.push_back(listener_id(listener));
    auto& names = pinned->server_names.emplace_back();
    for (std::uint32_t i = 0; i < listener.tls_servers.size(); ++i) {
      for (auto const& host : listener.tls_servers[i].hosts) names.add(host, i);
    }
    auto passed_on = static_cast<std::uint32_t>(listener.tls_servers.size());
    for (auto const& each : listener.passthrough) {
      for (auto const& name : each.names) names.add(name, passed_on);
      ++passed_on;
    }
  }
  pinned->configuration = std::move(configuration);
  return pinned;
}

std::uint32_t Worker::listener_id(routing::Listener const& listener) {
  auto const next = static_cast<std::uint32_t>(listener_ids_.size());
  return listener_ids_.try_emplace({listener.address, listener.port}, next).first->second;
}

/// Opens what is new before it closes what is gone: a port that is taken must not cost the others.
void Worker::open_listeners(Configuration const& configuration) {
  std::map<std::uint32_t, std::unique_ptr<Listener>> opened;
  std::set<std::uint32_t> wanted;
  for (auto const& listener : configuration.snapshot->listeners) {
    auto const id = listener_id(listener);
    wanted.insert(id);
    if (listeners_.contains(id)) continue;
    auto const address = SocketAddress::parse(listener.address, listener.port);
    if (!address)
      throw std::system_error(EINVAL, std::generic_category(),
                              "cannot listen on " + listener.address);
    opened[id] = std::make_unique<Listener>(loop_, listen_on(*address),
                                            [this, id](Socket socket, SocketAddress const& remote) {
                                              accept(id, std::move(socket), remote);
                                            });
  }
  for (auto it = listeners_.begin(); it != listeners_.end();) {
    if (wanted.contains(it->first)) {
      ++it;
    } else {
      it->second->accept_all();
      loop_.dispose(std::move(it->second));
      it = listeners_.erase(it);
    }
  }
  listeners_.merge(opened);
}

void Worker::accept(std::uint32_t listener, Socket socket, SocketAddress const& remote) {
  auto const open = shared_.connections.fetch_add(1, std::memory_order_relaxed);
  if (open >= settings().limits.connections) {
    shared_.connections.fetch_sub(1, std::memory_order_relaxed);
    metrics_.connection_rejected();
    return;  // closed here
  }
  ConnectionInfo info;
  info.remote = remote.text();
  info.remote_ip = remote.ip();
  auto const local = SocketAddress::local_of(socket.fd());
  info.local = local.text();
  info.port = local.port();
  info.listener = listener;
  info.is_trusted = pinned_->configuration->trusted_proxies.contains(info.remote_ip);
  metrics_.connection_opened();
  adopt(connection_of(std::move(socket), std::move(info)));
}

/// What a connection is to begin with, by the listener that it came to.
std::unique_ptr<ClientConnection> Worker::connection_of(Socket socket, ConnectionInfo info) {
  std::size_t index = 0;
  auto const& listener = *pinned_->listener_of(info, index);
  info.is_tls = listener.is_tls;
  if (listener.reads_hello())
    return std::make_unique<HelloReader>(*this, *this, std::move(socket), std::move(info));
  if (!listener.is_tls && listener.tables.front().tcp)
    return relay_to(Transport(std::move(socket)), std::move(info), *listener.tables.front().tcp);
  int const fd = socket.fd();
  auto transport =
      listener.is_tls
          ? Transport(std::move(socket), pinned_->configuration->certificates[index]->accept(fd))
          : Transport(std::move(socket));
  return std::make_unique<H1Server>(*this, std::move(transport), std::move(info));
}

std::unique_ptr<ClientConnection> Worker::relay_to(Transport client, ConnectionInfo info,
                                                   routing::Targets const& targets) {
  return std::make_unique<L4Relay>(*this, std::move(client), std::move(info), pinned_, targets);
}

void Worker::hello_read(ClientConnection& reader, Socket socket, ConnectionInfo info,
                        tls::ServerName const& name) {
  std::size_t index = 0;
  auto const* const listener = pinned_->listener_of(info, index);
  if (listener == nullptr) return closed(reader);  // a reload took it away
  bool const is_host = name.kind == tls::ServerName::Kind::host;
  auto const choice = pinned_->server_names[index].find(is_host ? name.text : std::string());
  auto const decrypted = listener->tls_servers.size();
  info.server_name = name.text;
  if (choice && *choice >= decrypted) {
    auto const& targets = listener->passthrough[*choice - decrypted].targets;
    release(reader);
    return adopt(relay_to(Transport(std::move(socket)), std::move(info), targets));
  }
  if (decrypted == 0) {
    metrics_.handshake_failed();
    return closed(reader);  // nobody here has this name
  }
  // Who has no server of this name is refused there, with the right alert.
  int const fd = socket.fd();
  Transport transport(std::move(socket), pinned_->configuration->certificates[index]->accept(fd));
  auto const* const tcp =
      choice && listener->tables[*choice].tcp ? &*listener->tables[*choice].tcp : nullptr;
  release(reader);
  if (tcp != nullptr) return adopt(relay_to(std::move(transport), std::move(info), *tcp));
  adopt(std::make_unique<H1Server>(*this, std::move(transport), std::move(info)));
}

void Worker::adopt(std::unique_ptr<ClientConnection> connection) {
  auto& opened = *connection;
  connections_.emplace(&opened, std::move(connection));
  opened.open();
}

void Worker::switch_to_http2(ClientConnection& connection, Transport transport, ConnectionInfo info,
                             std::string_view received) {
  release(connection);
  adopt(std::make_unique<H2Server>(*this, std::move(transport), std::move(info), received));
}

void Worker::release(ClientConnection& connection) {
  auto const entry = connections_.find(&connection);
  loop_.dispose(std::move(entry->second));
  connections_.erase(entry);
}

void Worker::closed(ClientConnection& connection) {
  release(connection);
  shared_.connections.fetch_sub(1, std::memory_order_relaxed);
  metrics_.connection_closed();
  if (is_draining_) report_if_idle();
}

RequestHandler& Worker::begin(ConnectionInfo const& connection) {
  if (free_exchanges_.empty()) {
    exchanges_.push_back(std::make_unique<Exchange>(*this));
    free_exchanges_.push_back(exchanges_.back().get());
  }
  auto& exchange = *free_exchanges_.back();
  free_exchanges_.pop_back();
  exchange.prepare(connection, pinned_);
  metrics_.request_began();
  return exchange;
}

void Worker::recycle(Exchange& exchange) { free_exchanges_.push_back(&exchange); }

void Worker::drain(std::function<void()> on_idle) {
  is_draining_ = true;
  on_idle_ = std::move(on_idle);
  auto const patience = settings().gateway.drain_timeout;
  tunnels_end_ = loop_.now() + patience - std::min(kLongFarewell, patience / 2);
  for (auto& [id, listener] : listeners_) {
    listener->accept_all();
    loop_.dispose(std::move(listener));
  }
  listeners_.clear();
  std::vector<ClientConnection*> all;
  for (auto const& [connection, owner] : connections_) all.push_back(connection);
  for (auto* connection : all) connection->drain();
  report_if_idle();
}

void Worker::report_if_idle() {
  if (connections_.empty() && on_idle_) std::exchange(on_idle_, nullptr)();
}

void Worker::cut() {
  std::vector<ClientConnection*> all;
  for (auto const& [connection, owner] : connections_) all.push_back(connection);
  for (auto* connection : all) connection->cut();
}

std::string_view Worker::date() {
  if (loop_.now() >= date_valid_until_) {
    auto const now = std::chrono::system_clock::now();
    auto const seconds = std::chrono::system_clock::to_time_t(now);
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    std::strftime(date_.data(), date_.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    auto const rest = std::chrono::ceil<std::chrono::seconds>(now) - now;
    date_valid_until_ = loop_.now() + std::chrono::duration_cast<milliseconds>(rest);
  }
  return date_.data();
}

void Worker::log(RequestRecord& record, http::Headers const& request_headers) {
  metrics_.record(record);
  metrics_.request_ended();
  if (!writes_access_log()) return;
  record.start = std::chrono::system_clock::now() -
                 std::chrono::duration_cast<std::chrono::system_clock::duration>(record.duration);
  record.user_agent = request_headers.find(http::FieldId::user_agent).value_or(std::string_view());
  record.x_forwarded_for =
      request_headers.find(http::FieldId::x_forwarded_for).value_or(std::string_view());
  record.request_id =
      request_headers.find(http::FieldId::x_request_id).value_or(std::string_view());
  access_log_.write(record);
}

void Worker::log_connection(RequestRecord& record) {
  record.start = std::chrono::system_clock::now() -
                 std::chrono::duration_cast<std::chrono::system_clock::duration>(record.duration);
  access_log_.write(record);
}

void Worker::on_timer(Timer& /*timer*/) {
  access_log_.flush();
  if (is_draining_ && loop_.now() >= tunnels_end_) {
    for (auto const& exchange : exchanges_) exchange->leave_tunnel();
  }
  flush_timer_.arm_in(kLogInterval);
}

}  // namespace tidegate::gateway
