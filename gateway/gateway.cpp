#include "gateway/gateway.h"
#include "gateway/host_name.h"

#include <malloc.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <future>
#include <random>
#include <system_error>
#include <utility>

#include "gateway/observe/admin.h"

namespace tidegate::gateway {
namespace {

constexpr milliseconds kDnsWarmUp{5'000};
constexpr milliseconds kDnsWarmUpOnReload{1'000};  // nobody is served by this thread meanwhile

/// What an operator can do about a port that cannot be had.
std::string remedy(std::system_error const& error) {
  if (error.code() == std::errc::permission_denied) {
    return "; ports below 1024 need root or cap_net_bind_service: map the port with "
           "gateway.port_map";
  }
  if (error.code() == std::errc::address_in_use) {
    return "; another process listens there: stop it, or choose another port";
  }
  return "";
}

std::uint64_t random_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

/// As many descriptors as we may have: each client takes one, and many an origin another.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void warn_of_few_descriptors(std::uint32_t connections) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  auto const wanted = connections + connections / 4ULL + 64;
  if (limit.rlim_cur >= wanted) return;
  spdlog::warn(
      "{} file descriptors are allowed, but limits.connections is {}: raise the limit (ulimit -Hn)",
      limit.rlim_cur, connections);
}

/// Who we are in the labels of Istio's metrics.
MetricsSource source_of(config::Settings const& settings) {
  auto const label = [&](char const* name) {
    auto const found = settings.gateway.labels.find(name);
    return found != settings.gateway.labels.end() ? found->second : std::string();
  };
  MetricsSource source;
  source.workload = settings.gateway.name.empty() ? host_name() : settings.gateway.name;
  source.app = label("app");
  source.version = label("version");
  return source;
}

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGHUP, SIGTERM, SIGINT}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void print(std::vector<config::Diagnostic> const& diagnostics) {
  for (auto const& diagnostic : diagnostics) {
    char const* const kind = diagnostic.severity == config::Severity::error     ? ""
                             : diagnostic.severity == config::Severity::warning ? "warning: "
                                                                                : "notice: ";
    std::fprintf(stderr, "%s%s\n", kind, diagnostic.text().c_str());
  }
}

Gateway::Gateway(Load load, Ready ready)
    : load_(std::move(load)),
      ready_(std::move(ready)),
      drain_timer_(loop_.timers(), *this),
      ticket_keys_(tls::TicketKeys::generate()) {}

Gateway::~Gateway() {
  resolver_.reset();
  stop_workers();
}

int Gateway::run() {
  try {
    std::vector<config::Diagnostic> diagnostics;
    auto first = load_configuration(diagnostics);
    print(diagnostics);
    if (first == nullptr) return 1;
    auto const& settings = first->snapshot->settings;
    raise_descriptor_limit();
    watch_signals();  // before any thread exists: they inherit the mask
    access_log_ = std::make_unique<AccessLog>(settings.access_log.path);
    metrics_.set_access_log(*access_log_);
    metrics_.set_clusters(shared_.clusters);
    metrics_.set_source(source_of(settings));
    check_new_listeners(*first);
    configuration_ = first;
    open_local_ports();
    start_workers();
    publish(std::move(first));
  } catch (std::system_error const& error) {
    std::fprintf(stderr, "tidegate: %s%s\n", error.what(), remedy(error).c_str());
    return 1;
  }
  state_ = State::serving;
  spdlog::info("serving with {} workers", workers_.size());
  warn_of_few_descriptors(configuration_->snapshot->settings.limits.connections);
  if (configuration_->snapshot->listeners.empty()) {
    spdlog::warn("nothing is listened on: no Gateway server applies");
  }
  if (ready_) ready_();
  loop_.run();
  stop_workers();
  return 0;
}

std::shared_ptr<Configuration const> Gateway::load_configuration(
    std::vector<config::Diagnostic>& diagnostics) {
  config::Diagnostics found;
  auto documents = load_(found);
  auto configuration = build(documents, ticket_keys_, found);
  documents = {};
  ::malloc_trim(0);  // a large configuration takes far more memory while it is read than it keeps
  diagnostics = found.all();
  if (found.has_errors()) return nullptr;
  // Whoever lets go of it last, a worker must not stand still while it is taken apart.
  auto const* const content = configuration.get();
  return {content, [this, last = std::move(configuration)](auto const*) mutable {
            loop_.post([owned = std::move(last)]() mutable {
              owned.reset();
              ::malloc_trim(0);
            });
          }};
}

void Gateway::block_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  auto const set = our_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void Gateway::watch_signals() {
  block_signals();
  auto const set = our_signals();
  signals_ = Socket(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  loop_.add(signals_.fd(), *this, EPOLLIN);
}

void Gateway::on_ready(std::uint32_t /*events*/) {
  signalfd_siginfo info{};
  while (::read(signals_.fd(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo != SIGHUP) {
      drain();
      continue;
    }
    access_log_->reopen();
    auto const result = reload();
    print(result.diagnostics);
  }
}

void Gateway::start_workers() {
  auto const& settings = configuration_->snapshot->settings;
  auto const wanted = settings.gateway.workers != 0
                          ? settings.gateway.workers
                          : std::max(1U, std::thread::hardware_concurrency());
  for (std::uint32_t i = 0; i < wanted; ++i) {
    auto& entry = workers_.emplace_back();
    entry.worker =
        std::make_unique<Worker>(shared_, metrics_.add_worker(), *access_log_, random_seed());
    entry.thread = std::thread([worker = entry.worker.get()] { worker->loop().run(); });
  }
  resolver_ = std::make_unique<Resolver>(
      [this](std::shared_ptr<DnsTable const> const&) { loop_.post([this] { publish_dns(); }); });
}

void Gateway::publish_dns() {
  dns_ = resolver_->table();  // the newest: what was posted may have been overtaken
  for (auto& entry : workers_) {
    auto* const worker = entry.worker.get();
    worker->loop().post([worker, table = dns_] { worker->update_dns(table); });
  }
}

void Gateway::open_local_ports() {
  auto const& settings = configuration_->snapshot->settings;
  if (!settings.observability_address.empty()) {
    observability_ = std::make_unique<LocalService>(
        loop_, settings.observability_address,
        [this](http::RequestHead const& request) { return observe(request); });
  }
  if (!settings.admin_address.empty()) {
    admin_ = std::make_unique<LocalService>(
        loop_, settings.admin_address,
        [this](http::RequestHead const& request) { return answer_admin(*this, request); });
  }
}

void Gateway::check_new_listeners(Configuration const& configuration) const {
  std::set<std::uint16_t> open;  // any address: a port of ours must not stand in our own way
  if (configuration_ != nullptr) {
    for (auto const& listener : configuration_->snapshot->listeners) open.insert(listener.port);
  }
  for (auto const& listener : configuration.snapshot->listeners) {
    if (open.contains(listener.port)) continue;
    if (auto const address = SocketAddress::parse(listener.address, listener.port))
      check_bindable(*address);
  }
}

void Gateway::resolve(Configuration const& configuration) {
  std::set<std::string> names;
  for (auto const& cluster : configuration.snapshot->clusters) {
    if (cluster->discovery != routing::Cluster::Discovery::dns) continue;
    for (auto const& endpoint : cluster->endpoints) {
      if (!SocketAddress::parse(endpoint.address, endpoint.port)) names.insert(endpoint.address);
    }
    names.insert(cluster->fallback_names.begin(), cluster->fallback_names.end());
  }
  resolver_->watch(names, configuration.snapshot->settings.limits.dns_refresh);
  resolver_->wait(state_ == State::starting ? kDnsWarmUp : kDnsWarmUpOnReload);
  dns_ = resolver_->table();
}

/// Returns when every worker serves it. Throws std::system_error when one cannot.
void Gateway::publish(std::shared_ptr<Configuration const> configuration) {
  resolve(*configuration);
  std::vector<std::future<void>> done;
  for (auto& entry : workers_) {
    auto* const worker = entry.worker.get();
    auto promise = std::make_shared<std::promise<void>>();
    done.push_back(promise->get_future());
    worker->loop().post([worker, promise, configuration, dns = dns_] {
      try {
        worker->publish(configuration, dns);
        promise->set_value();
      } catch (std::system_error const&) {
        promise->set_exception(std::current_exception());
      }
    });
  }
  std::exception_ptr failure;
  for (auto& each : done) {
    try {
      each.get();
    } catch (std::system_error const&) {
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
  configuration_ = std::move(configuration);
  metrics_.reload_succeeded(++version_);
}

Gateway::ReloadResult Gateway::reload() {
  ReloadResult result;
  if (state_ == State::draining) {
    result.diagnostics.push_back(
        {config::Severity::error, {}, "", "draining: no new configuration is taken"});
    return result;
  }
  auto next = load_configuration(result.diagnostics);
  if (next != nullptr) {
    try {
      check_new_listeners(*next);
      warn_of_fixed_settings(next->snapshot->settings);
      publish(std::move(next));
      result.succeeded = true;
    } catch (std::system_error const& error) {
      result.diagnostics.push_back({config::Severity::error, {}, "", error.what() + remedy(error)});
    }
  }
  result.version = version_;
  if (result.succeeded) {
    spdlog::info("configuration {} is in force", version_);
  } else {
    metrics_.reload_failed();
    spdlog::error("the new configuration has errors; configuration {} stays in force", version_);
  }
  return result;
}

void Gateway::warn_of_fixed_settings(config::Settings const& next) const {
  auto const& now = configuration_->snapshot->settings;
  auto const warn = [](bool differs, char const* name) {
    if (differs) spdlog::warn("{} takes effect at the next start only", name);
  };
  warn(now.gateway.workers != next.gateway.workers, "gateway.workers");
  warn(now.admin_address != next.admin_address, "admin.address");
  warn(now.observability_address != next.observability_address, "observability.address");
  warn(now.access_log.path != next.access_log.path, "access_log.path");
}

void Gateway::drain() {
  if (state_ == State::draining) return loop_.stop();
  state_ = State::draining;
  spdlog::info("draining");
  busy_workers_ = workers_.size();
  drain_timer_.arm_in(configuration_->snapshot->settings.gateway.drain_timeout);
  for (auto& entry : workers_) {
    auto* const worker = entry.worker.get();
    worker->loop().post(
        [this, worker] { worker->drain([this] { loop_.post([this] { on_worker_idle(); }); }); });
  }
}

void Gateway::on_worker_idle() {
  if (--busy_workers_ == 0) loop_.stop();
}

void Gateway::on_timer(Timer& /*timer*/) {
  spdlog::warn("drain_timeout is over: ending the requests that are left");
  loop_.stop();
}

void Gateway::stop_workers() {
  for (auto& entry : workers_) {
    auto* const worker = entry.worker.get();
    worker->loop().post([worker] { worker->cut(); });
    worker->loop().stop();
  }
  for (auto& entry : workers_) {
    if (entry.thread.joinable()) entry.thread.join();
  }
}

LocalAnswer Gateway::observe(http::RequestHead const& request) {
  if (request.method != "GET" && request.method != "HEAD") return {405, "only GET\n"};
  if (request.path == "/health") return {200, "ok\n"};
  if (request.path == "/ready") {
    return state_ == State::serving
               ? LocalAnswer{200, "ready\n"}
               : LocalAnswer{503, state_ == State::draining ? "draining\n" : "starting\n"};
  }
  if (request.path == "/metrics")
    return {200, metrics_.text(), "text/plain; version=0.0.4; charset=utf-8"};
  return {404, "there is /health, /ready and /metrics\n"};
}

}  // namespace tidegate::gateway
