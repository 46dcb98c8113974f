#pragma once

#include <string>
#include <string_view>
#include <vector>

/// One request as a client sends it, and what becomes of it.
namespace tidegate::http {

struct RequestCase {
  std::string_view name;
  std::string bytes;
  int status = 0;        ///< of the refusal; 0: forwarded; `waits`: the gateway waits for more
  std::string upstream;  ///< what the origin gets; `@` stands for the fields the edge adds
};

inline constexpr int waits = -1;

[[nodiscard]] std::vector<RequestCase> malformed_lines();
[[nodiscard]] std::vector<RequestCase> malformed_targets();
[[nodiscard]] std::vector<RequestCase> malformed_hosts();
[[nodiscard]] std::vector<RequestCase> malformed_fields();
[[nodiscard]] std::vector<RequestCase> malformed_heads();
[[nodiscard]] std::vector<RequestCase> malformed_lengths();
[[nodiscard]] std::vector<RequestCase> malformed_codings();
[[nodiscard]] std::vector<RequestCase> malformed_bodies();
[[nodiscard]] std::vector<RequestCase> accepted_requests();
/// All of the above.
[[nodiscard]] std::vector<RequestCase> all_requests();

}  // namespace tidegate::http
