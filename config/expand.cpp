#include "config/expand.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "config/file.h"
#include "config/value.h"

namespace tidegate::config {
namespace {

constexpr std::size_t max_file_bytes = std::size_t{1024} * 1024;
constexpr std::size_t max_result_bytes = std::size_t{4} * 1024 * 1024;

std::optional<std::string> read_variable(std::string_view name, Value const& value) {
  auto const variables = value.context().variables;
  auto const found = std::find_if(variables.begin(), variables.end(),
                                  [&](auto const& variable) { return variable.first == name; });
  if (found != variables.end()) return found->second;
  value.error("the environment variable " + std::string(name) + " is not set");
  return std::nullopt;
}

std::optional<std::string> read_secret_file(std::string const& path, Value const& value) {
  auto [text, problem] = read_file(path, max_file_bytes, FileKind::regular);
  if (!problem.empty()) {
    value.error(problem);
    return std::nullopt;
  }
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return std::move(text);
}

}  // namespace

std::optional<std::string> expand(Value const& value) {
  constexpr std::string_view variable = "${env:";
  constexpr std::string_view file = "${file:";
  std::string_view rest = value.node().text;
  std::string result;
  for (auto at = rest.find("${"); at != rest.npos; at = rest.find("${")) {
    result += rest.substr(0, at);
    rest.remove_prefix(at);
    bool const is_variable = rest.starts_with(variable);
    if (!is_variable && !rest.starts_with(file)) {  // a regex may well hold `${`
      result += rest.substr(0, 2);
      rest.remove_prefix(2);
      continue;
    }
    auto const prefix = is_variable ? variable.size() : file.size();
    auto const end = rest.find('}');
    if (end == rest.npos) {
      value.error("`" + std::string(rest.substr(0, prefix)) + "` has no closing brace");
      return std::nullopt;
    }
    std::string const name(rest.substr(prefix, end - prefix));
    auto const content = is_variable ? read_variable(name, value) : read_secret_file(name, value);
    if (!content) return std::nullopt;
    result += *content;
    if (result.size() > max_result_bytes) {
      value.error("longer than 4 MiB once its references are replaced");
      return std::nullopt;
    }
    rest.remove_prefix(end + 1);
  }
  result += rest;
  return result;
}

}  // namespace tidegate::config
