#include "routing/route_list.h"

#include <utility>

namespace tidegate::routing {

namespace {

/// From here on looking into the index is faster than trying (bench/micro_routes.cpp).
constexpr std::size_t indexed_from = 6;

}  // namespace

RouteList::RouteList(std::vector<Route> routes) {
  auto content = std::make_shared<Content>();
  content->routes = std::move(routes);
  if (content->routes.size() >= indexed_from) content->index = PathTable(content->routes);
  content_ = std::move(content);
}

Route const* RouteList::find(http::RequestHead const& request) const {
  if (size() >= indexed_from) return content_->index.find(content_->routes, request);
  for (Route const& route : *this)
    if (route.matcher.matches(request)) return &route;
  return nullptr;
}

}  // namespace tidegate::routing
