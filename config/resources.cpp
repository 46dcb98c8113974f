#include "config/resources.h"

#include <algorithm>

#include "config/istio/decode.h"
#include "config/names.h"
#include "config/scalars.h"

namespace tidegate::config {
namespace {

constexpr std::string_view istio_group = "networking.istio.io/";
constexpr std::string_view istio_versions[] = {
    "networking.istio.io/v1", "networking.istio.io/v1beta1", "networking.istio.io/v1alpha3"};

constexpr std::string_view served_kinds[] = {"Gateway", "VirtualService", "DestinationRule",
                                             "ServiceEntry", "WorkloadEntry"};
// Of a mesh: nothing of theirs reaches a gateway's traffic.
constexpr std::string_view other_istio_kinds[] = {"Sidecar", "EnvoyFilter", "WorkloadGroup",
                                                  "ProxyConfig"};

template <std::size_t N>
bool contains(std::string_view const (&names)[N], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool is_list(std::string_view kind, Node const& document) {
  return kind.ends_with("List") && document.find("items") != nullptr;
}

}  // namespace

bool ResourceReader::is_resource(Node const& root) {
  return root.find("apiVersion") != nullptr || root.find("kind") != nullptr;
}

void ResourceReader::read(Value const& document) {
  Fields fields(document);
  auto const version_field = fields.require("apiVersion");
  auto const kind_field = fields.require("kind");
  if (!version_field || !kind_field) return;
  auto const version = version_field->text();
  auto const kind = kind_field->text();
  if (!version || !kind) return;

  if (is_list(*kind, document.node())) {
    for (Value const& item : fields.items("items")) read(item);
    return;
  }
  if (*version == "v1" && *kind == "Secret") return read_known(*kind, document);
  if (!version->starts_with(istio_group)) return skip(*kind + " (" + *version + ')', document);
  if (contains(other_istio_kinds, *kind)) return skip(*kind, document);
  if (!contains(served_kinds, *kind)) {
    return kind_field->expected(any_of(served_kinds) + " with this apiVersion");
  }
  if (!contains(istio_versions, *version)) return version_field->expected(any_of(istio_versions));
  read_known(*kind, document);
}

void ResourceReader::read_known(std::string_view kind, Value const& document) {
  Fields fields(document);
  fields.ignore({"apiVersion", "kind", "status"});
  Metadata metadata = read_metadata(kind, fields);
  if (kind == "Secret") {
    documents_.secrets.push_back(read_secret(std::move(metadata), fields));
    return fields.report_unknown();
  }
  auto const spec = fields.require("spec");
  fields.report_unknown();
  if (!spec) return;
  if (kind == "Gateway") {
    documents_.gateways.push_back(istio::read_gateway(std::move(metadata), *spec));
  } else if (kind == "VirtualService") {
    documents_.virtual_services.push_back(istio::read_virtual_service(std::move(metadata), *spec));
  } else if (kind == "DestinationRule") {
    documents_.destination_rules.push_back(
        istio::read_destination_rule(std::move(metadata), *spec));
  } else if (kind == "ServiceEntry") {
    documents_.service_entries.push_back(istio::read_service_entry(std::move(metadata), *spec));
  } else {
    documents_.workload_entries.push_back(istio::read_workload_entry(std::move(metadata), *spec));
  }
}

void ResourceReader::skip(std::string const& kind, Value const& document) {
  if (!skipped_.insert(kind).second) return;
  document.notice(kind + " is not read by the gateway; skipped");
}

Metadata ResourceReader::read_metadata(std::string_view kind, Fields& document) {
  Metadata metadata;
  metadata.where = document.value().where();
  auto const value = document.require("metadata");
  if (!value) return metadata;
  Fields fields(*value);
  if (auto const name = fields.require("name")) {
    metadata.name = name->text().value_or("");
    bool const is_valid = kind == "Gateway" ? is_dns_label(metadata.name)  // istio: ValidateGateway
                                            : is_dns_name(metadata.name);
    if (name->node().is_scalar() && !is_valid) {
      name->expected("a name of lower-case letters, digits and `-`");
    }
  }
  metadata.name_space = fields.text("namespace", metadata.name_space);
  metadata.labels = fields.text_map("labels");
  metadata.creation_timestamp = fields.text("creationTimestamp");
  // What Kubernetes keeps beside them, as `kubectl get -o yaml` prints it.
  fields.ignore({"annotations", "uid", "resourceVersion", "generation", "managedFields",
                 "ownerReferences", "finalizers", "selfLink", "generateName", "deletionTimestamp",
                 "deletionGracePeriodSeconds"});
  fields.report_unknown();

  auto const [seen, is_new] =
      seen_.try_emplace({std::string(kind), metadata.name_space, metadata.name}, metadata.where);
  if (!is_new && !metadata.name.empty()) {
    value->error("another " + std::string(kind) + ' ' + metadata.name_space + '/' + metadata.name +
                 " stands in " + seen->second.file + ':' + std::to_string(seen->second.line));
  }
  return metadata;
}

}  // namespace tidegate::config
