#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What a scalar's text may mean. Pure functions; absent = the text is not of that sort.
namespace tidegate::config {

/// Decimal digits with an optional sign.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

/// A finite decimal number.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// `true`, `false` and the other words of YAML 1.1 (yes, no, on, off).
[[nodiscard]] std::optional<bool> parse_bool(std::string_view text);

/// As Go's time.ParseDuration: `1h30m`, `0.5s`, `100ms`; up to ±292 years.
[[nodiscard]] std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// Bytes: `65536`, `64k`, `64KiB`, `1MiB`, `2G`; every suffix is a power of 1024.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

/// RFC 4648 §4 with padding; line breaks are allowed, anything else is not.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

[[nodiscard]] std::string to_lower(std::string_view text);

/// Whether one insertion, deletion, replacement or swap of neighbours makes `a` to `b`.
[[nodiscard]] bool is_one_edit_away(std::string_view a, std::string_view b);

}  // namespace tidegate::config
