#include "tls/alternative_names.h"

namespace tidegate::tls {

AlternativeNames::AlternativeNames(X509* certificate)
    : names_(static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))) {
  for (int i = 0; i < sk_GENERAL_NAME_num(names_.get()); ++i) {
    int type = 0;
    auto const* const value = static_cast<ASN1_STRING const*>(
        GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names_.get(), i), &type));
    if (type != GEN_DNS && type != GEN_URI && type != GEN_EMAIL) continue;
    all_.push_back({type,
                    {reinterpret_cast<char const*>(ASN1_STRING_get0_data(value)),
                     static_cast<std::size_t>(ASN1_STRING_length(value))}});
  }
}

}  // namespace tidegate::tls
