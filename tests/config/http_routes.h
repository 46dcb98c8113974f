#pragma once

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>

#include "tests/config/problems.h"

namespace tidegate::config {

/// A VirtualService with one http route; its fields in flow style, in line 7 from column 6.
inline std::string with_route(std::string_view fields) {
  return resource("VirtualService",
                  "  hosts: [a.com]\n  http:\n  - {" + std::string(fields) + "}\n");
}

/// The case's field stands before a plain route.
inline std::string beside_route(std::string_view field) {
  return std::string(field) + ", route: [{destination: {host: a}}]";
}

/// What a route without mistakes is read as.
inline istio::HttpRoute route_of(std::string_view fields) {
  std::string const yaml = with_route(fields);
  EXPECT_EQ(mistakes_of(yaml), "") << fields;
  return loaded(yaml).documents.virtual_services.at(0).http.at(0);
}

struct RouteCase {
  std::string fields;
  std::string mistakes;
};

inline void expect_mistakes(std::span<RouteCase const> cases) {
  for (auto const& [fields, mistakes] : cases) {
    EXPECT_EQ(mistakes_of(with_route(fields)), mistakes) << fields;
  }
}

}  // namespace tidegate::config
