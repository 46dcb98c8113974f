#include "config/file.h"
#include "config/istio/decode.h"

namespace tidegate::config::istio {

std::optional<std::string> read_pem_file(Value const& path) {
  constexpr std::size_t max_bytes = std::size_t{1024} * 1024;
  auto const name = path.text();
  if (!name) return std::nullopt;
  auto [text, problem] = read_file(*name, max_bytes, FileKind::regular);
  if (problem.empty() && text.empty()) problem = "the file is empty";
  if (!problem.empty()) {
    path.error(problem);
    return std::nullopt;
  }
  return std::move(text);
}

}  // namespace tidegate::config::istio
