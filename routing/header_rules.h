#pragma once

#include <string>
#include <vector>

#include "http/arena.h"
#include "http/headers.h"
#include "routing/header_format.h"

namespace tidegate::routing {

/// What is done to the headers of a message: first removed, then set, then added (Envoy:
/// HeaderParser::evaluateHeaders).
class HeaderChanges {
 public:
  struct Value {
    std::string name;  ///< lower-case
    HeaderFormat format;
  };

  void remove(std::string name) { removed_.push_back(std::move(name)); }
  void set(Value value) { set_.push_back(std::move(value)); }
  void add(Value value) { added_.push_back(std::move(value)); }

  [[nodiscard]] bool empty() const { return removed_.empty() && set_.empty() && added_.empty(); }
  /// A value that comes out empty changes nothing, as in Envoy. The new fields are views of this
  /// and of the arena.
  void apply(http::Headers& headers, HeaderFacts const& facts, http::Arena& arena) const;

 private:
  std::vector<std::string> removed_;
  std::vector<Value> set_;
  std::vector<Value> added_;
};

/// `headers` of a route or of one of its destinations.
struct HeaderRules {
  HeaderChanges request;
  HeaderChanges response;
  std::string authority;  ///< in place of the client's; empty = as sent
  [[nodiscard]] bool empty() const {
    return request.empty() && response.empty() && authority.empty();
  }
};

}  // namespace tidegate::routing
