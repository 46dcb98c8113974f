#include "routing/retry.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tidegate::routing {

namespace {

struct Word {
  std::string_view text;
  RetryOn on;
};

constexpr std::array<Word, 15> words{{
    {"5xx", RetryOn::server_error},
    {"gateway-error", RetryOn::gateway_error},
    {"reset", RetryOn::reset},
    {"reset-before-request", RetryOn::reset_before_request},
    {"connect-failure", RetryOn::connect_failure},
    {"refused-stream", RetryOn::refused_stream},
    {"retriable-4xx", RetryOn::retriable_4xx},
    {"retriable-status-codes", RetryOn::retriable_status_codes},
    {"retriable-headers", RetryOn::retriable_headers},
    {"envoy-ratelimited", RetryOn::envoy_ratelimited},
    {"cancelled", RetryOn::grpc_cancelled},
    {"deadline-exceeded", RetryOn::grpc_deadline_exceeded},
    {"internal", RetryOn::grpc_internal},
    {"resource-exhausted", RetryOn::grpc_resource_exhausted},
    {"unavailable", RetryOn::grpc_unavailable},
}};
constexpr std::string_view http3_word = "http3-post-connect-failure";

constexpr std::uint32_t bit(RetryOn on) { return static_cast<std::uint32_t>(on); }

std::string_view trim(std::string_view text) {
  std::size_t const first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The whole of `text` as a number; nothing when it is none.
std::optional<int> number_of(std::string_view text) {
  int value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool add_word(std::string_view text, RetryConditions& conditions) {
  if (auto const status = number_of(text)) {
    if (*status < 100 || *status > 599) return false;
    conditions.status_codes.push_back(*status);
    conditions.bits |= bit(RetryOn::retriable_status_codes);
    return true;
  }
  if (text == http3_word) {
    conditions.bits |= bit(RetryOn::http3_post_connect_failure);
    return true;
  }
  auto const* const word =
      std::find_if(words.begin(), words.end(), [&](Word const& w) { return w.text == text; });
  if (word == words.end()) return false;
  conditions.bits |= bit(word->on);
  return true;
}

/// Only a `grpc-status` in the head counts: an answer with a body has its status in the trailers,
/// when it is too late (Envoy: router_filter.rst, x-envoy-retry-grpc-on).
bool retries_grpc(RetryConditions const& conditions, http::Headers const& headers) {
  auto const text = headers.find(http::FieldId::grpc_status);
  auto const status = text ? number_of(*text) : std::nullopt;
  if (!status) return false;
  switch (*status) {
    case 1: return conditions.has(RetryOn::grpc_cancelled);
    case 4: return conditions.has(RetryOn::grpc_deadline_exceeded);
    case 8: return conditions.has(RetryOn::grpc_resource_exhausted);
    case 13: return conditions.has(RetryOn::grpc_internal);
    case 14: return conditions.has(RetryOn::grpc_unavailable);
    default: return false;
  }
}

}  // namespace

std::optional<RetryConditions> parse_retry_on(std::string_view text, std::string_view& unknown) {
  RetryConditions conditions;
  while (!text.empty()) {
    std::size_t const comma = text.find(',');
    std::string_view const word = trim(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    if (word.empty()) continue;
    if (!add_word(word, conditions)) {
      unknown = word;
      return std::nullopt;
    }
  }
  return conditions;
}

RetryConditions default_retry_conditions() {
  RetryConditions conditions;
  conditions.bits = bit(RetryOn::connect_failure) | bit(RetryOn::refused_stream) |
                    bit(RetryOn::grpc_unavailable) | bit(RetryOn::grpc_cancelled) |
                    bit(RetryOn::retriable_status_codes) | bit(RetryOn::reset_before_request) |
                    bit(RetryOn::reset_when_idempotent);
  return conditions;
}

bool RetryPolicy::retries(http::ResponseHead const& response) const {
  if (attempts == 0) return false;
  // An overloaded origin must not get more of the same (Envoy: retry_state_impl.cc).
  if (response.headers.find("x-envoy-overloaded")) return false;
  if (response.headers.find("x-envoy-ratelimited"))
    return conditions.has(RetryOn::envoy_ratelimited);

  int const status = response.status;
  if (conditions.has(RetryOn::server_error) && status >= 500 && status <= 599) return true;
  if (conditions.has(RetryOn::gateway_error) && status >= 502 && status <= 504) return true;
  if (conditions.has(RetryOn::retriable_4xx) && status == 409) return true;
  if (conditions.has(RetryOn::retriable_status_codes) &&
      std::find(conditions.status_codes.begin(), conditions.status_codes.end(), status) !=
          conditions.status_codes.end())
    return true;
  return retries_grpc(conditions, response.headers);
}

bool RetryPolicy::retries(http::Failure const& failure) const {
  using Kind = http::Failure::Kind;
  if (attempts == 0 || failure.response_started) return false;
  if (failure.side == http::Failure::Side::client) return false;
  if (failure.kind == Kind::overflow || failure.kind == Kind::cancelled) return false;

  if (conditions.has(RetryOn::server_error) || conditions.has(RetryOn::gateway_error) ||
      conditions.has(RetryOn::reset))
    return true;
  if (conditions.has(RetryOn::reset_before_request) && failure.sent_nothing) return true;
  if (conditions.has(RetryOn::connect_failure) && failure.kind == Kind::connect) return true;
  return conditions.has(RetryOn::refused_stream) && failure.kind == Kind::refused;
}

milliseconds RetryPolicy::backoff(std::uint32_t n, Random& random) const {
  // 2^20 times any base is beyond every cap; without the bound the shift would overflow.
  std::uint64_t const factor = (1ULL << std::min<std::uint32_t>(n, 20)) - 1;
  auto const base =
      static_cast<std::uint64_t>(std::max<milliseconds::rep>(0, base_interval.count()));
  auto const cap = static_cast<std::uint64_t>(std::max<milliseconds::rep>(0, max_interval.count()));
  std::uint64_t const window = base > cap ? cap : std::min(factor * base, cap);
  return milliseconds(static_cast<milliseconds::rep>(random.below(window)));
}

}  // namespace tidegate::routing
