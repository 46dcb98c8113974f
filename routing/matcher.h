#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/istio/virtual_service.h"
#include "http/head.h"
#include "routing/regex.h"

namespace tidegate::routing {

/// A compiled Istio StringMatch. Regexes are RE2 and match the whole text.
class TextMatcher {
 public:
  enum class Case : std::uint8_t { sensitive, insensitive };
  /// Throws nothing; a regex that does not compile leaves `error` non-empty.
  TextMatcher(config::StringMatch const& match, Case letters, std::string& error);
  [[nodiscard]] bool matches(std::string_view text) const;
  [[nodiscard]] bool is_presence() const { return kind_ == config::StringMatch::Kind::presence; }
  [[nodiscard]] config::StringMatch::Kind kind() const { return kind_; }
  [[nodiscard]] Case letters() const { return letters_; }
  [[nodiscard]] std::string const& value() const { return value_; }
  /// With which text all that matches begins, as far as that is known; in `letters`.
  [[nodiscard]] std::string literal_prefix() const;

 private:
  config::StringMatch::Kind kind_;
  Case letters_;
  std::string value_;
  std::shared_ptr<Regex const> regex_;
};

/// All conditions of one HTTPMatchRequest; every one must hold. Without conditions it matches
/// everything.
class Matcher {
 public:
  Matcher() = default;
  /// Problems (a regex that does not compile) are reported at the field's own place.
  Matcher(config::istio::HttpMatch const& match, config::Diagnostics& diagnostics);

  [[nodiscard]] bool matches(http::RequestHead const& request) const;
  /// `/` or `.*` without any other condition: nothing behind it can ever be reached.
  [[nodiscard]] bool is_catch_all() const;
  [[nodiscard]] TextMatcher const* path() const { return path_.empty() ? nullptr : &path_.front(); }

 private:
  struct Named {
    std::string name;  ///< lower-case, except in a query
    TextMatcher value;
  };
  // Vectors, because most are empty and the type then costs little.
  std::vector<TextMatcher> path_, scheme_, method_, authority_;  // none or one each
  std::vector<Named> headers_, without_headers_, query_;
};

}  // namespace tidegate::routing
