#pragma once

#include <openssl/x509v3.h>

#include <memory>
#include <string_view>
#include <vector>

#include "tls/openssl.h"

namespace tidegate::tls {

inline void free_names(GENERAL_NAMES* names) { GENERAL_NAMES_free(names); }
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Freed<free_names>>;

struct AlternativeName {
  int type;  ///< GEN_DNS, GEN_URI or GEN_EMAIL
  std::string_view text;
};

/// A certificate's subject alternative names that are text (RFC 5280 §4.2.1.6). What they hold was
/// chosen by whoever had it signed: any bytes.
class AlternativeNames {
 public:
  explicit AlternativeNames(X509* certificate);

  [[nodiscard]] std::vector<AlternativeName> const& all() const { return all_; }

 private:
  NamesPtr names_;
  std::vector<AlternativeName> all_;
};

}  // namespace tidegate::tls
