#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/h1_head.h"

/// The part that requests, responses and trailers have in common: field lines, and what they say
/// about framing. Private to the h1 readers.
namespace tidegate::http {

/// Fields that decide about framing and routing, counted while parsing.
struct FieldSummary {
  std::size_t hosts = 0;
  std::size_t content_lengths = 0;
  std::size_t transfer_encodings = 0;
  std::string_view host;  ///< the last one's value, as the two below
  std::string_view content_length;
  std::string_view transfer_encoding;
  bool has_connection = false;
};

/// Parses field lines up to and including the empty line, which must be the end of `block`. Errors
/// have status 400 or 431.
[[nodiscard]] ParseError parse_fields(std::string_view block, std::size_t max_count,
                                      Underscores underscores, Headers& out, FieldSummary& summary);

/// Where the body ends, as far as the fields say: `chunked`, `length`, or `none` if they are
/// silent. Refuses every doubt: both fields, one of them twice, a coding other than `chunked`, a
/// length that is no plain number up to 2^63-1.
[[nodiscard]] ParseError read_framing(FieldSummary const& summary, Version version, Framing& out);

/// Connection may not declare hop-by-hop what delimits or routes the message: whoever obeys it
/// forwards something else than was checked. Nor may it list more than `max_connection_options`.
[[nodiscard]] ParseError check_connection(FieldSummary const& summary, Headers const& headers);

/// Digits only, at most 2^63-1: origins parse into signed numbers.
[[nodiscard]] std::optional<std::uint64_t> parse_content_length(std::string_view text);

}  // namespace tidegate::http
