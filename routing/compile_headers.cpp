#include "routing/compile_headers.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/authority.h"

namespace tidegate::routing {

namespace {

using config::istio::HeaderOperations;
using config::istio::HeaderValue;

/// They delimit a message or belong to one connection: changing them would make another message of
/// it for whoever reads it next.
constexpr std::string_view untouchable[] = {
    "connection", "content-length", "http2-settings",    "keep-alive", "proxy-connection",
    "te",         "trailer",        "transfer-encoding", "upgrade",
};

bool is_untouchable(std::string_view name) {
  return std::find(std::begin(untouchable), std::end(untouchable), name) != std::end(untouchable);
}

bool names_authority(std::string_view name) { return name == "host" || name == ":authority"; }

class ChangesCompiler {
 public:
  ChangesCompiler(HeaderRules& rules, Report& report) : rules_(rules), report_(report) {}

  void add(HeaderOperations const& operations, HeaderChanges& changes) {
    for (std::string const& name : operations.remove) {
      if (!is_untouchable(name)) changes.remove(name);
    }
    for (HeaderValue const& value : operations.set) {
      if (is_change(value)) changes.set(compiled(value));
    }
    for (HeaderValue const& value : operations.add) {
      if (is_change(value)) changes.add(compiled(value));
    }
  }

 private:
  /// False for what is no change of a header; that was dealt with.
  bool is_change(HeaderValue const& value) {
    if (names_authority(value.name)) {
      if (http::is_valid_authority(value.value)) {
        rules_.authority = value.value;
      } else {
        report_.error(value.origin, "expected host or host:port; found \"" + value.value + '"');
      }
      return false;
    }
    if (!is_untouchable(value.name)) return true;
    report_.warning(value.origin, "ignored: `" + value.name +
                                      "` is about the connection or the body's length, which the "
                                      "gateway says itself");
    return false;
  }

  HeaderChanges::Value compiled(HeaderValue const& value) {
    std::vector<std::string> unknown;
    HeaderChanges::Value result{value.name, HeaderFormat(value.value, unknown)};
    for (std::string const& text : unknown) {
      report_.warning(value.origin, '"' + text +
                                        "\" is no operator that is known here and is sent as it "
                                        "stands; a percent sign is written %%");
    }
    return result;
  }

  HeaderRules& rules_;
  Report& report_;
};

}  // namespace

HeaderRules compile_headers(config::istio::Headers const& headers, Report& report) {
  HeaderRules rules;
  ChangesCompiler compiler(rules, report);
  compiler.add(headers.request, rules.request);
  compiler.add(headers.response, rules.response);
  return rules;
}

}  // namespace tidegate::routing
