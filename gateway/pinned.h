#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "gateway/configuration.h"
#include "gateway/downstream/service.h"
#include "gateway/upstream/upstream.h"

namespace tidegate::gateway {

/// A configuration as one worker holds it: each request pins the one that it began with. Counted
/// without atomics.
struct Pinned {
  std::shared_ptr<Configuration const> configuration;
  /// By Cluster::id. Shared with the worker's table, so that a removed cluster lives until its last
  /// request.
  std::vector<std::shared_ptr<Upstream>> upstreams;
  /// What a connection's listener is called, by position in Snapshot::listeners.
  std::vector<std::uint32_t> listener_ids;
  /// SNI → position in Listener::tables, and behind those in Listener::passthrough; likewise.
  std::vector<routing::HostTable> server_names;
  std::uint32_t references = 0;

  [[nodiscard]] routing::Snapshot const& snapshot() const { return *configuration->snapshot; }
  /// The virtual hosts that requests of this connection may reach. Null when a reload took its
  /// server away.
  [[nodiscard]] routing::RouteTable const* table(ConnectionInfo const& connection) const;
  /// Is `authority` a matter for another TLS server of the same listener? Then the client reused a
  /// connection that was not made for that name (RFC 9110 §15.5.20).
  [[nodiscard]] bool is_misdirected(ConnectionInfo const& connection,
                                    std::string_view authority) const;
  /// Null when there is none any more; `index` is its position in the snapshot.
  [[nodiscard]] routing::Listener const* listener_of(ConnectionInfo const& connection,
                                                     std::size_t& index) const;
  friend void intrusive_ptr_add_ref(Pinned* pinned) { ++pinned->references; }
  friend void intrusive_ptr_release(Pinned* pinned) {
    if (--pinned->references == 0) delete pinned;
  }
};

using PinnedPtr = boost::intrusive_ptr<Pinned>;

}  // namespace tidegate::gateway
