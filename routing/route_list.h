#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "http/head.h"
#include "routing/path_table.h"
#include "routing/route.h"

namespace tidegate::routing {

/// Routes in the order in which they are tried. A copy shares them: hosts and ports with the same
/// routes hold them once.
class RouteList {
 public:
  RouteList() = default;
  explicit RouteList(std::vector<Route> routes);

  /// The first route that matches; null when there is none.
  [[nodiscard]] Route const* find(http::RequestHead const& request) const;

  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] std::size_t size() const { return content_ ? content_->routes.size() : 0; }
  [[nodiscard]] Route const* begin() const { return content_ ? content_->routes.data() : nullptr; }
  [[nodiscard]] Route const* end() const { return begin() + size(); }
  [[nodiscard]] Route const& operator[](std::size_t position) const { return begin()[position]; }
  [[nodiscard]] Route const& back() const { return end()[-1]; }

 private:
  struct Content {
    std::vector<Route> routes;
    PathTable index;  ///< of so many routes only that it is faster than trying them
  };
  std::shared_ptr<Content const> content_;
};

}  // namespace tidegate::routing
