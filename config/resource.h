#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "config/diagnostics.h"

/// What the resources of Istio and Kubernetes have in common.
namespace tidegate::config {

using Labels = std::map<std::string, std::string>;

/// A field's own place, kept for the errors that only show when documents are joined.
struct Origin {
  Location where;
  std::string path;
};

/// A value together with its place.
template <class T>
struct Sourced {
  T value{};
  Origin origin;
};

struct Metadata {
  std::string name;
  std::string name_space = "default";
  Labels labels;
  std::string
      creation_timestamp;  ///< RFC 3339 text, empty when absent; decides Istio's merge order
  Location where;          ///< of the document
};

/// Istio StringMatch. `presence` is `{}`, null or the regex `*` where the field allows it.
struct StringMatch {
  enum class Kind : std::uint8_t { exact, prefix, regex, presence };
  Kind kind = Kind::presence;
  std::string value;
  Origin origin;
};

}  // namespace tidegate::config
