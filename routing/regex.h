#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace tidegate::routing {

/// A regex of a configuration. It matches when it matches the whole of a text. From any thread.
class Regex {
 public:
  /// The same text is compiled once for all that live at a time: a thousand hosts with one pattern
  /// share it, and so do a configuration and the one that a reload puts in its place.
  ///
  /// Null when it does not compile or is too large; `error` then says why.
  [[nodiscard]] static std::shared_ptr<Regex const> shared(std::string const& text,
                                                           std::string& error);
  ~Regex();

  [[nodiscard]] bool matches(std::string_view text) const;
  /// `text` with every occurrence replaced by `substitution`, where `\1` is the first group.
  [[nodiscard]] std::string replace_all(std::string_view text,
                                        std::string const& substitution) const;
  /// Whether `substitution` names only groups that there are; if not, `error` says why.
  [[nodiscard]] bool accepts(std::string const& substitution, std::string& error) const;
  /// With which text everything begins that matches; often less than there is, never more.
  [[nodiscard]] std::string const& literal_prefix() const { return literal_prefix_; }

 private:
  explicit Regex(std::unique_ptr<re2::RE2 const> compiled);
  [[nodiscard]] static std::shared_ptr<Regex const> compile(std::string const& text,
                                                            std::string& error);

  std::unique_ptr<re2::RE2 const> compiled_;
  std::string literal_prefix_;
};

}  // namespace tidegate::routing
