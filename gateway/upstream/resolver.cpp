#include "gateway/upstream/resolver.h"

#include <netdb.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "gateway/io/socket.h"

namespace tidegate::gateway {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kThreads = 4;  // a name whose server is silent takes one for many seconds
constexpr std::chrono::seconds kRetryAfterFailure{5};

std::vector<std::string> look_up(std::string const& name) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  std::vector<std::string> addresses;
  if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return addresses;
  for (auto const* entry = found; entry != nullptr; entry = entry->ai_next) {
    sockaddr_storage storage{};
    std::copy_n(reinterpret_cast<char const*>(entry->ai_addr), entry->ai_addrlen,
                reinterpret_cast<char*>(&storage));
    auto address = SocketAddress::from(storage).ip();
    if (std::ranges::find(addresses, address) == addresses.end())
      addresses.push_back(std::move(address));
  }
  ::freeaddrinfo(found);
  return addresses;
}

struct Name {
  Clock::time_point due{};  ///< when to look it up next
  bool is_busy = false;
  bool is_known = false;  ///< looked up at least once
};

}  // namespace

struct Resolver::State {
  std::mutex mutex;
  std::condition_variable wakeup;  ///< for the threads: names or time changed
  std::condition_variable looked_up;
  std::map<std::string, Name> names;
  std::shared_ptr<DnsTable const> table = std::make_shared<DnsTable const>();
  std::chrono::milliseconds refresh{60'000};
  Changed changed;
  bool stopping = false;

  void run() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      auto const next = next_due();
      if (next == names.end()) {
        wakeup.wait(lock);
      } else if (auto const due = next->second.due; due > Clock::now()) {
        wakeup.wait_until(lock, due);
      } else {
        serve(next->first, lock);
      }
    }
  }

  std::map<std::string, Name>::iterator next_due() {
    auto best = names.end();
    for (auto it = names.begin(); it != names.end(); ++it) {
      if (it->second.is_busy) continue;
      if (best == names.end() || it->second.due < best->second.due) best = it;
    }
    return best;
  }

  void serve(std::string name, std::unique_lock<std::mutex>& lock) {
    names[name].is_busy = true;
    lock.unlock();
    auto addresses = look_up(name);
    lock.lock();
    auto const entry = names.find(name);
    if (entry == names.end() || stopping) return;  // not wanted any more
    entry->second.is_busy = false;
    entry->second.is_known = true;
    auto const failed = addresses.empty();
    entry->second.due =
        Clock::now() +
        (failed ? std::min<std::chrono::milliseconds>(refresh, kRetryAfterFailure) : refresh);
    if (!failed) remember(name, std::move(addresses));
    looked_up.notify_all();
  }

  void remember(std::string const& name, std::vector<std::string> addresses) {
    std::ranges::sort(addresses);
    if (auto const old = table->find(name); old != table->end() && old->second == addresses) return;
    auto next = std::make_shared<DnsTable>(*table);
    (*next)[name] = std::move(addresses);
    table = std::move(next);
    changed(table);
  }
};

Resolver::Resolver(Changed changed) : state_(std::make_shared<State>()) {
  state_->changed = std::move(changed);
  for (int i = 0; i < kThreads; ++i) {
    std::thread([state = state_] { state->run(); }).detach();
  }
}

Resolver::~Resolver() {
  std::lock_guard lock(state_->mutex);
  state_->stopping = true;
  state_->wakeup.notify_all();
}

void Resolver::watch(std::set<std::string> const& names, std::chrono::milliseconds refresh) {
  std::lock_guard lock(state_->mutex);
  state_->refresh = refresh;
  std::erase_if(state_->names, [&](auto const& entry) { return !names.contains(entry.first); });
  for (auto const& name : names) state_->names.try_emplace(name);
  state_->wakeup.notify_all();
}

void Resolver::wait(std::chrono::milliseconds timeout) {
  std::unique_lock lock(state_->mutex);
  state_->looked_up.wait_for(lock, timeout, [&] {
    return std::ranges::all_of(state_->names,
                               [](auto const& entry) { return entry.second.is_known; });
  });
}

std::shared_ptr<DnsTable const> Resolver::table() const {
  std::lock_guard lock(state_->mutex);
  return state_->table;
}

}  // namespace tidegate::gateway
