#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tidegate::config {

/// Where something stands in the user's files. Lines and columns count from 1; 0 = the whole file.
struct Location {
  std::string file;  ///< as given on the command line, or "environment"
  int line = 0;
  int column = 0;
};

enum class Severity { notice, warning, error };

struct Diagnostic {
  Severity severity = Severity::error;
  Location where;
  std::string path;     ///< of the field, e.g. `spec.http[0].match[1].uri.regex`; may be empty
  std::string message;  ///< what is wrong; what would be right

  /// `FILE:LINE:COLUMN: path: message`, the form of every error of every command.
  [[nodiscard]] std::string text() const;
};

/// Collects everything that is wrong in one pass. Keeps the first thousand of each severity.
class Diagnostics {
 public:
  void error(Location where, std::string path, std::string message);
  void warning(Location where, std::string path, std::string message);
  void notice(Location where, std::string path, std::string message);

  [[nodiscard]] bool has_errors() const { return errors_ != 0; }
  [[nodiscard]] std::vector<Diagnostic> const& all() const { return all_; }

 private:
  void add(Severity severity, Location where, std::string path, std::string message);

  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
  std::size_t notices_ = 0;
};

}  // namespace tidegate::config
