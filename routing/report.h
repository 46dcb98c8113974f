#pragma once

#include <set>
#include <string>
#include <string_view>

#include "config/diagnostics.h"
#include "config/resource.h"

namespace tidegate::routing {

/// The problems of one compilation. What several ports or hosts have in common is said once.
class Report {
 public:
  /// `diagnostics` must outlive the report.
  explicit Report(config::Diagnostics& diagnostics)
      : diagnostics_(diagnostics), loaded_well_(!diagnostics.has_errors()) {}

  void error(config::Origin const& at, std::string message);
  /// An error that reading the document finds as well. Said only when loading went well, that is
  /// for documents that nobody read from a file.
  void error_of_document(config::Origin const& at, std::string message);
  void warning(config::Origin const& at, std::string message);
  void notice(config::Origin const& at, std::string message);

  /// Where it all goes, for those that report themselves.
  [[nodiscard]] config::Diagnostics& diagnostics() { return diagnostics_; }

 private:
  bool is_new(config::Origin const& at, std::string const& message);

  config::Diagnostics& diagnostics_;
  bool loaded_well_;
  std::set<std::string> seen_;
};

/// The place of a field below `parent`, as near as it is known.
[[nodiscard]] config::Origin below(config::Origin const& parent, std::string_view field);
/// The place of the last field's sibling: `a.b.host` → `a.b.port`.
[[nodiscard]] config::Origin beside(config::Origin const& field, std::string_view sibling);
/// The place of a whole document, or of a field somewhere in it.
[[nodiscard]] config::Origin within(config::Metadata const& document, std::string path);

/// `file:line:column`, for messages that name a second place.
[[nodiscard]] std::string text_of(config::Location const& where);
/// `namespace/name`.
[[nodiscard]] std::string full_name(config::Metadata const& document);

}  // namespace tidegate::routing
