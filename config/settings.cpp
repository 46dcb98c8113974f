#include "config/settings.h"

#include <algorithm>
#include <utility>

#include "config/fields.h"
#include "config/names.h"
#include "config/settings_reader.h"

namespace tidegate::config {
namespace {

// Serving one of these deletes it here.
std::vector<NotServed> const settings_not_served = {{"regions"}, {"state"}};

// Sections that an application keeps in the same `base.yaml`.
constexpr std::string_view foreign_sections[] = {"database", "redis",       "resources",
                                                 "cache",    "queue",       "storage",
                                                 "app",      "application", "features"};

// In the order of the enums.
constexpr std::string_view escaped_slashes_names[] = {"keep", "reject", "unescape_and_redirect",
                                                      "unescape_and_forward"};
constexpr std::string_view underscore_names[] = {"allow", "reject", "drop"};
constexpr std::string_view log_formats[] = {"json"};

/// Absent = unset or reported.
std::optional<SocketAddress> read_address(Fields& fields, std::string& address) {
  auto const field = fields.find("address");
  auto text = field ? field->text() : std::nullopt;
  if (!text) return std::nullopt;
  auto const parsed = parse_socket_address(*text);
  if (!parsed) {
    field->expected("IP:PORT such as 127.0.0.1:9901 or [::1]:9901");
    return std::nullopt;
  }
  address = std::move(*text);
  return parsed;
}

void read_admin(Value const& value, Settings& settings) {
  Fields fields(value);
  auto const address = read_address(fields, settings.admin_address);
  settings.admin_token = fields.text("token");
  if (address && !is_loopback(address->address) && settings.admin_token.empty()) {
    value.error("an admin address that is not loopback needs a token");
  }
  fields.report_unknown();
}

void read_observability(Value const& value, Settings& settings) {
  Fields fields(value);
  static_cast<void>(read_address(fields, settings.observability_address));
  fields.report_unknown();
}

PathSettings read_path(Value const& value) {
  Fields fields(value);
  PathSettings path;
  path.merge_slashes = fields.flag("merge_slashes", path.merge_slashes);
  path.escaped_slashes =
      fields.enumeration("escaped_slashes", escaped_slashes_names, path.escaped_slashes);
  fields.report_unknown();
  return path;
}

AccessLogSettings read_access_log(Value const& value) {
  Fields fields(value);
  AccessLogSettings log;
  if (auto const path = fields.find("path")) {
    log.path = path->text().value_or(log.path);
    if (log.path.empty()) path->expected("a file, or \"off\"");
  }
  if (auto const format = fields.find("format")) static_cast<void>(format->index_in(log_formats));
  fields.report_unknown();
  return log;
}

std::string read_state(Value const& value) {
  Fields fields(value);
  auto directory = fields.text("directory");
  fields.report_unknown();
  return directory;
}

/// Says once that an application's section is not the gateway's.
void report_foreign(Fields& fields) {
  for (auto const name : foreign_sections) {
    if (auto const section = fields.find(name)) {
      section->notice("not a setting of the gateway; ignored");
    }
  }
}

}  // namespace

Settings read_settings(Value const& value) {
  Fields fields(value);
  Settings settings;
  if (auto const field = fields.find("gateway")) settings.gateway = read_gateway_settings(*field);
  if (auto const field = fields.find("limits")) settings.limits = read_limits(*field);
  if (auto const field = fields.find("path")) settings.path = read_path(*field);
  settings.underscore_headers =
      fields.enumeration("headers_with_underscores", underscore_names, settings.underscore_headers);
  if (auto const field = fields.find("admin")) read_admin(*field, settings);
  if (auto const field = fields.find("observability")) read_observability(*field, settings);
  if (auto const field = fields.find("access_log")) settings.access_log = read_access_log(*field);
  if (auto const field = fields.find("api")) settings.api = read_api_settings(*field);
  if (auto const field = fields.find("state")) settings.state_directory = read_state(*field);
  fields.report_not_served(settings_not_served);
  report_foreign(fields);
  fields.report_unknown();
  return settings;
}

}  // namespace tidegate::config
