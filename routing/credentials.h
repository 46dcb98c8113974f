#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/istio/gateway.h"
#include "config/secret.h"
#include "routing/report.h"

namespace tidegate::routing {

/// Whose signature under a peer's certificate counts.
struct Authorities {
  std::string certificates;  ///< PEM; never empty
  std::string crl;           ///< PEM; empty = none
};

/// The Secrets by the names that Istio's credential fields have for them: `name` or
/// `namespace/name`, each with or without `kubernetes://`. Whatever is missing is reported at the
/// field. Borrows both arguments.
class Credentials {
 public:
  Credentials(std::vector<config::Secret> const& secrets, Report& report)
      : secrets_(secrets), report_(report) {}

  /// `name_space` is that of the resource with the field.
  [[nodiscard]] std::optional<config::istio::CertificatePair> certificate(
      config::Sourced<std::string> const& field, std::string const& name_space) const;
  /// Of the Secret `<name>-cacert`, as in Istio; of the Secret itself when there is no such.
  [[nodiscard]] std::optional<Authorities> authorities(config::Sourced<std::string> const& field,
                                                       std::string const& name_space) const;

 private:
  struct Name {
    std::string name_space;
    std::string name;
  };
  [[nodiscard]] static Name parse(std::string_view text, std::string const& name_space);
  [[nodiscard]] config::Secret const* find(Name const& wanted) const;
  void report_unknown(config::Origin const& at, Name const& wanted) const;

  std::vector<config::Secret> const& secrets_;
  Report& report_;
};

}  // namespace tidegate::routing
