#include "config/istio/http_actions.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "config/istio/decode.h"
#include "config/names.h"
#include "config/scalars.h"

namespace tidegate::config::istio {
namespace {

constexpr std::size_t max_body_bytes = std::size_t{1024} * 1024;  // istio: validation.go
constexpr std::size_t large_body_bytes = std::size_t{100} * 1024;
constexpr Range answer_status{200, 599};
constexpr Range redirect_status{301, 308};

constexpr std::string_view derive_port_names[] = {"FROM_PROTOCOL_DEFAULT", "FROM_REQUEST_PORT"};

void read_redirect_port(Fields& fields, Redirect& redirect) {
  auto const port = fields.find("port");
  auto const derived = fields.find("derivePort");
  if (port && derived) derived->error("port and derivePort exclude each other");
  if (port) {
    redirect.port_from = Redirect::Port::given;
    redirect.port = static_cast<std::uint32_t>(port->integer(port_range).value_or(0));
  }
  auto const index = derived ? derived->index_in(derive_port_names) : std::nullopt;
  if (!index || port) return;
  redirect.port_from = *index == 0 ? Redirect::Port::protocol_default : Redirect::Port::of_listener;
}

int read_redirect_code(Fields& fields, int fallback) {
  auto const field = fields.find("redirectCode");
  auto const code = field ? field->integer(redirect_status) : std::nullopt;
  if (!code) return fallback;
  if (*code >= 304 && *code <= 306) field->expected("301, 302, 303, 307 or 308");
  return static_cast<int>(*code);
}

std::string read_scheme(Fields& fields) {
  auto const field = fields.find("scheme");
  if (!field) return {};
  auto scheme = field->text().value_or("");
  bool const is_known = scheme == "http" || scheme == "https" || scheme.empty();
  if (field->node().is_scalar() && !is_known) field->expected("http or https");
  return scheme;
}

std::optional<std::string> read_optional_text(Fields& fields, std::string_view name) {
  auto const field = fields.find(name);
  return field ? field->text() : std::nullopt;
}

/// Protobuf's JSON takes the URL-safe alphabet and a missing padding, too.
std::optional<std::string> decode_bytes(std::string text) {
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
  while (text.size() % 4 != 0) text += '=';
  return decode_base64(text);
}

std::string read_body(Value const& value) {
  Fields fields(value);
  auto const text = fields.find("string");
  auto const bytes = fields.find("bytes");
  fields.report_unknown();
  if (text && bytes) value.error("string and bytes exclude each other");
  if (text) return text->text().value_or("");
  auto encoded = bytes ? bytes->text() : std::nullopt;
  if (!encoded) return {};
  auto decoded = decode_bytes(std::move(*encoded));
  if (!decoded) bytes->expected("base64; use `string` for plain text");
  return std::move(decoded).value_or("");
}

RegexRewrite read_regex_rewrite(Value const& value) {
  Fields fields(value);
  RegexRewrite rewrite;
  auto const match = fields.require("match");
  if (match) rewrite.match = {match->text().value_or(""), match->origin()};
  if (match && match->node().is_scalar() && rewrite.match.value.empty()) {
    match->expected("a regex");
  }
  if (auto const text = fields.require("rewrite")) rewrite.rewrite = text->text().value_or("");
  fields.report_unknown();
  return rewrite;
}

}  // namespace

Redirect read_redirect(Value const& value) {
  Fields fields(value);
  Redirect redirect;
  redirect.origin = value.origin();
  redirect.uri = read_optional_text(fields, "uri");
  redirect.prefix_rewrite = read_optional_text(fields, "prefixRewrite");
  redirect.authority = fields.text("authority");
  redirect.scheme = read_scheme(fields);
  read_redirect_port(fields, redirect);
  redirect.code = read_redirect_code(fields, redirect.code);
  if (redirect.uri && redirect.prefix_rewrite) {
    value.error("uri and prefixRewrite exclude each other");
  }
  bool const says_where = redirect.uri || redirect.prefix_rewrite || !redirect.authority.empty() ||
                          !redirect.scheme.empty() ||
                          redirect.port_from != Redirect::Port::as_requested;
  if (!says_where && value.node().is_map()) {
    value.error("expected at least one of uri, prefixRewrite, authority, port and scheme");
  }
  fields.report_unknown();
  return redirect;
}

DirectResponse read_direct_response(Value const& value) {
  Fields fields(value);
  DirectResponse response;
  response.origin = value.origin();
  if (auto const status = fields.require("status")) {
    response.status = static_cast<int>(status->integer(answer_status).value_or(response.status));
  }
  if (auto const body = fields.find("body")) {
    response.body = read_body(*body);
    if (response.body.size() > max_body_bytes) {
      body->error("a body may have at most 1 MiB");
    } else if (response.body.size() > large_body_bytes) {
      body->warning("has more than 100 KiB, which every route table keeps in memory");
    }
  }
  fields.report_unknown();
  return response;
}

Rewrite read_rewrite(Value const& value) {
  Fields fields(value);
  Rewrite rewrite;
  rewrite.origin = value.origin();
  rewrite.uri = fields.text("uri");
  rewrite.authority = fields.text("authority");
  if (auto const regex = fields.find("uriRegexRewrite")) {
    rewrite.uri_regex = read_regex_rewrite(*regex);
  }
  if (!rewrite.uri.empty() && rewrite.uri_regex) {
    value.error("uri and uriRegexRewrite exclude each other");
  }
  bool const is_empty = rewrite.uri.empty() && rewrite.authority.empty() && !rewrite.uri_regex;
  if (is_empty && value.node().is_map()) {
    value.error("expected at least one of uri, uriRegexRewrite and authority");
  }
  fields.report_unknown();
  return rewrite;
}

Delegate read_delegate(Value const& value) {
  Fields fields(value);
  Delegate delegate;
  delegate.origin = value.origin();
  if (auto const name = fields.require("name")) delegate.name = name->text().value_or("");
  delegate.name_space = fields.text("namespace");
  fields.report_unknown();
  return delegate;
}

}  // namespace tidegate::config::istio
