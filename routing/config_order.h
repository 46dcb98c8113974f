#pragma once

#include <algorithm>
#include <tuple>
#include <vector>

#include "config/resource.h"

namespace tidegate::routing {

/// Documents in the order in which Istio merges them: the oldest first, then by name and namespace
/// (pilot/pkg/model, sortConfigByCreationTime). The pointers are as good as `documents`.
template <class Document>
[[nodiscard]] std::vector<Document const*> in_config_order(std::vector<Document> const& documents) {
  std::vector<Document const*> sorted;
  sorted.reserve(documents.size());
  for (Document const& document : documents) sorted.push_back(&document);
  std::stable_sort(sorted.begin(), sorted.end(), [](Document const* a, Document const* b) {
    auto const key = [](config::Metadata const& of) {
      return std::tie(of.creation_timestamp, of.name, of.name_space);
    };
    return key(a->metadata) < key(b->metadata);
  });
  return sorted;
}

/// Does `labels` hold every pair of `selector`?
[[nodiscard]] inline bool carries(config::Labels const& labels, config::Labels const& selector) {
  return std::all_of(selector.begin(), selector.end(), [&](auto const& wanted) {
    auto const found = labels.find(wanted.first);
    return found != labels.end() && found->second == wanted.second;
  });
}

}  // namespace tidegate::routing
