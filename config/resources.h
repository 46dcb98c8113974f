#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "config/fields.h"
#include "config/load.h"
#include "config/value.h"

namespace tidegate::config {

/// Decodes resources as they come and gathers them. Skips kinds that are not the gateway's.
class ResourceReader {
 public:
  /// Whether a document says what kind it is. One that does not holds settings.
  [[nodiscard]] static bool is_resource(Node const& root);

  /// Decodes a resource or the items of a List.
  void read(Value const& document);

  [[nodiscard]] Documents take() { return std::move(documents_); }

 private:
  void read_known(std::string_view kind, Value const& document);
  void skip(std::string const& kind, Value const& document);
  [[nodiscard]] Metadata read_metadata(std::string_view kind, Fields& fields);

  Documents documents_;
  std::set<std::string> skipped_;  ///< kinds, each named in one notice
  std::map<std::tuple<std::string, std::string, std::string>, Location> seen_;
};

/// Kubernetes Secret: the whole document, not only a `spec`.
[[nodiscard]] Secret read_secret(Metadata metadata, Fields& document);

}  // namespace tidegate::config
