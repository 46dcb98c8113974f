#include "config/secret.h"

#include <map>
#include <span>
#include <utility>

#include "config/resources.h"
#include "config/scalars.h"

namespace tidegate::config {
namespace {

struct KeyPair {
  std::string_view certificate;
  std::string_view key;
};

// istio: pilot/pkg/credentials/kube/secrets.go looks in these orders.
constexpr KeyPair key_pairs[] = {{"cert", "key"}, {"tls.crt", "tls.key"}};
constexpr std::string_view authority_keys[] = {"cacert", "ca.crt"};
constexpr std::string_view revocation_keys[] = {"crl", "ca.crl"};

using Contents = std::map<std::string, std::string>;

/// `data` decoded, `stringData` laid over it. What does not decode is reported, never shown.
Contents read_contents(Fields& document) {
  Contents contents;
  if (auto const data = document.find("data")) {
    for (auto& [key, encoded] : data->text_map()) {
      auto decoded = decode_base64(encoded);
      if (decoded) {
        contents[key] = std::move(*decoded);
      } else if (Node const* node = data->node().find(key)) {
        data->entry(*node).error("expected base64; use stringData for plain text");
      }
    }
  }
  for (auto& [key, text] : document.text_map("stringData")) contents[key] = std::move(text);
  return contents;
}

void read_certificate(Contents& contents, Value const& document, Secret& secret) {
  KeyPair const* empty_pair = nullptr;
  for (KeyPair const& names : key_pairs) {
    auto const certificate = contents.find(std::string(names.certificate));
    auto const key = contents.find(std::string(names.key));
    if (certificate == contents.end() || key == contents.end()) continue;
    if (certificate->second.empty() || key->second.empty()) {
      if (!empty_pair) empty_pair = &names;
      continue;
    }
    secret.certificate = std::move(certificate->second);
    secret.key = std::move(key->second);
    return;
  }
  if (empty_pair) {
    document.error("found the keys \"" + std::string(empty_pair->certificate) + "\" and \"" +
                   std::string(empty_pair->key) + "\", but they were empty");
  }
}

/// The first of the keys that holds anything.
std::string first_of(Contents& contents, std::span<std::string_view const> keys) {
  for (auto const key : keys) {
    auto const found = contents.find(std::string(key));
    if (found != contents.end() && !found->second.empty()) return std::move(found->second);
  }
  return {};
}

}  // namespace

Secret read_secret(Metadata metadata, Fields& document) {
  Secret secret;
  secret.metadata = std::move(metadata);
  document.ignore({"type", "immutable"});
  auto contents = read_contents(document);
  read_certificate(contents, document.value(), secret);
  secret.ca_certificates = first_of(contents, authority_keys);
  secret.crl = first_of(contents, revocation_keys);
  return secret;
}

}  // namespace tidegate::config
