#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "config/load.h"
#include "gateway/build.h"
#include "gateway/io/event_loop.h"
#include "gateway/io/socket.h"
#include "gateway/observe/access_log.h"
#include "gateway/observe/local_service.h"
#include "gateway/observe/metrics.h"
#include "gateway/upstream/resolver.h"
#include "gateway/worker.h"
#include "tls/ticket_keys.h"

namespace tidegate::gateway {

/// The process: owns the workers and their threads, publishes configurations, drains. Lives in the
/// main thread, whose loop also serves signals, the observability port and the admin API.
class Gateway final : public EventHandler, public TimerHandler {
 public:
  /// Reads the configuration anew; called at start and for every reload.
  using Load = std::function<config::Documents(config::Diagnostics&)>;
  /// Told once everything listens.
  using Ready = std::function<void()>;

  Gateway(Load load, Ready ready);
  ~Gateway() override;

  /// Keeps SIGHUP, SIGTERM and SIGINT for the main thread. `run` does it too; earlier where threads
  /// exist before.
  static void block_signals();

  /// Serves until drained. 0, or 1 when it could not begin: then the reason was printed.
  [[nodiscard]] int run();

  struct ReloadResult {
    bool succeeded = false;
    std::uint64_t version = 0;  ///< of the configuration in force
    std::vector<config::Diagnostic> diagnostics;
  };
  /// Loads, validates, swaps. With errors everything stays as it is.
  ReloadResult reload();
  /// Lets requests finish, then ends `run`. A second call ends it at once.
  void drain();

  enum class State : std::uint8_t { starting, serving, draining };
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] Configuration const& configuration() const { return *configuration_; }
  [[nodiscard]] DnsTable const& dns() const { return *dns_; }
  [[nodiscard]] std::size_t worker_count() const { return workers_.size(); }

  void on_ready(std::uint32_t events) override;  ///< a signal
  void on_timer(Timer& timer) override;          ///< draining took too long

 private:
  struct WorkerThread {
    std::unique_ptr<Worker> worker;
    std::thread thread;
  };

  [[nodiscard]] std::shared_ptr<Configuration const> load_configuration(
      std::vector<config::Diagnostic>& diagnostics);
  void start_workers();
  void publish_dns();
  void open_local_ports();
  void watch_signals();
  void publish(std::shared_ptr<Configuration const> configuration);
  void check_new_listeners(Configuration const& configuration) const;
  void resolve(Configuration const& configuration);
  void warn_of_fixed_settings(config::Settings const& next) const;
  void on_worker_idle();
  void stop_workers();
  [[nodiscard]] LocalAnswer observe(http::RequestHead const& request);

  Load load_;
  Ready ready_;
  EventLoop loop_;
  Timer drain_timer_;
  Socket signals_;
  tls::TicketKeys ticket_keys_;
  Metrics metrics_;
  SharedState shared_;
  std::unique_ptr<AccessLog> access_log_;
  std::vector<WorkerThread> workers_;
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<LocalService> observability_;
  std::unique_ptr<LocalService> admin_;
  std::shared_ptr<Configuration const> configuration_;
  std::shared_ptr<DnsTable const> dns_;
  std::uint64_t version_ = 0;
  std::size_t busy_workers_ = 0;
  State state_ = State::starting;
};

/// Prints diagnostics to standard error, a line each.
void print(std::vector<config::Diagnostic> const& diagnostics);

}  // namespace tidegate::gateway
