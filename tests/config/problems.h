#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace tidegate::config {

/// What a text was understood as, and each problem as `error f:1:2: path: message`.
struct Loaded {
  Documents documents;
  std::vector<std::string> problems;
};

inline std::vector<std::string> problem_texts(Diagnostics const& diagnostics) {
  constexpr char const* names[] = {"notice ", "warning ", "error "};
  std::vector<std::string> texts;
  for (Diagnostic const& problem : diagnostics.all()) {
    texts.push_back(names[static_cast<int>(problem.severity)] + problem.text());
  }
  return texts;
}

inline Loaded loaded(std::string_view yaml) {
  Diagnostics diagnostics;
  Loaded result{load_text("f", yaml, diagnostics), {}};
  result.problems = problem_texts(diagnostics);
  return result;
}

/// The problems, one a line.
inline std::string problems_of(std::string_view yaml) {
  std::string lines;
  for (std::string const& problem : loaded(yaml).problems) lines += problem + '\n';
  return lines;
}

/// The same without what is only not served yet: what decoding itself has to say.
inline std::string mistakes_of(std::string_view yaml) {
  std::string lines;
  for (std::string const& problem : loaded(yaml).problems) {
    if (problem.find(": not supported yet: ") == problem.npos) lines += problem + '\n';
  }
  return lines;
}

/// A resource with the lines of its spec, which begins in line 4.
inline std::string resource(std::string_view kind, std::string_view spec) {
  return "apiVersion: networking.istio.io/v1\nkind: " + std::string(kind) +
         "\nmetadata: {name: x}\nspec:\n" + std::string(spec);
}

}  // namespace tidegate::config
