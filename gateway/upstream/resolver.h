#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "gateway/upstream/upstream.h"

namespace tidegate::gateway {

/// Turns names into addresses with the system's resolver, in threads of its own: no worker ever
/// waits for DNS. The last good answer is kept through failures.
class Resolver {
 public:
  using Changed = std::function<void(std::shared_ptr<DnsTable const>)>;

  /// `changed` is called from a resolver thread whenever an address came or went.
  explicit Resolver(Changed changed);
  /// Does not wait for look-ups under way; `changed` is not called after this.
  ~Resolver();
  Resolver(Resolver const&) = delete;
  Resolver& operator=(Resolver const&) = delete;

  /// These names are wanted from now on, looked up again every `refresh`; the others are forgotten.
  void watch(std::set<std::string> const& names, std::chrono::milliseconds refresh);
  /// Until every name has been looked up once, successfully or not, or `timeout` is over.
  void wait(std::chrono::milliseconds timeout);
  [[nodiscard]] std::shared_ptr<DnsTable const> table() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tidegate::gateway
