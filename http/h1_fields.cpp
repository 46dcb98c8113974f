#include "http/h1_fields.h"

#include <array>
#include <cstdint>

#include "http/characters.h"
#include "http/persistence.h"

namespace tidegate::http {
namespace {

constexpr ParseError codec_error{400, "http1.codec_error"};
constexpr ParseError invalid_characters{400, "http1.invalid_characters"};
constexpr ParseError underscore_in_name{400, "http1.unexpected_underscore"};
constexpr ParseError bad_connection{400, "http1.connection_header_rejected"};
constexpr ParseError too_many_headers{431, "http1.too_many_headers"};
constexpr ParseError invalid_coding{400, "http1.invalid_transfer_encoding"};
constexpr ParseError unknown_coding{501, "http1.invalid_transfer_encoding"};
constexpr ParseError invalid_length{400, "http1.codec_error"};
constexpr ParseError length_and_chunked{400, "http1.content_length_and_chunked_not_allowed"};

void note(Field const& field, FieldSummary& summary) {
  switch (field.id) {
    case FieldId::host:
      ++summary.hosts;
      summary.host = field.value;
      break;
    case FieldId::content_length:
      ++summary.content_lengths;
      summary.content_length = field.value;
      break;
    case FieldId::transfer_encoding:
      ++summary.transfer_encodings;
      summary.transfer_encoding = field.value;
      break;
    case FieldId::connection: summary.has_connection = true; break;
    default: break;
  }
}

/// Moves `at` behind a field name. The classes of all its characters are returned as bits; nothing
/// but a token directly followed by a colon is a name.
std::uint8_t skip_name(char const*& at) {
  std::uint8_t classes = 0;
  while (is_a(CharClass::token, *at)) {
    classes = static_cast<std::uint8_t>(classes | classes_of(*at));
    ++at;
  }
  return classes;
}

/// Moves `at` to the first control byte that may not stand in a value: in good order the CR.
void skip_value(char const*& at, char const* end) {
  at = find_control(at, end);
  while (at != end && *at == '\t') at = find_control(at + 1, end);
}

/// The codings that RFC 9112 §7 knows, applied below `chunked`: clear, but not spoken here.
bool is_compressed_chunked(std::string_view value) {
  for (std::string_view coding : {"gzip", "compress", "deflate"}) {
    if (value.size() <= coding.size() || !iequals(value.substr(0, coding.size()), coding)) continue;
    auto const rest = trim(value.substr(coding.size()));
    return rest.starts_with(',') && iequals(trim(rest.substr(1)), "chunked");
  }
  return false;
}

}  // namespace

ParseError parse_fields(std::string_view block, std::size_t max_count, Underscores underscores,
                        Headers& out, FieldSummary& summary) {
  // Every loop below stops at a CR at the latest, so that none has to look for the end.
  if (!block.ends_with("\r\n")) return codec_error;
  char const* at = block.data();
  char const* const end = at + block.size();
  for (std::size_t count = 0; *at != '\r'; ++count) {
    if (count == max_count) return too_many_headers;
    char const* const name_begin = at;
    auto const classes = skip_name(at);
    if (at == name_begin || *at != ':') return codec_error;
    std::string_view const name(name_begin, static_cast<std::size_t>(at - name_begin));

    char const* const value_begin = ++at;
    skip_value(at, end);
    if (*at != '\r' || at[1] != '\n') return invalid_characters;
    std::string_view const value(value_begin, static_cast<std::size_t>(at - value_begin));
    at += 2;
    if (at == end) return codec_error;  // the empty line is missing

    if ((classes & static_cast<std::uint8_t>(CharClass::underscore)) != 0) {
      if (underscores == Underscores::reject) return underscore_in_name;
      if (underscores == Underscores::drop) continue;
    }
    Field const field{name, trim(value), identify(name)};
    note(field, summary);
    out.add(field);
  }
  return at + 2 == end ? ParseError{} : codec_error;
}

std::optional<std::uint64_t> parse_content_length(std::string_view text) {
  if (text.empty() || text.size() > 19 || !is_all(CharClass::digit, text)) return std::nullopt;
  std::uint64_t length = 0;
  for (char c : text) length = length * 10 + static_cast<std::uint64_t>(c - '0');
  if (length > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return length;
}

ParseError read_framing(FieldSummary const& summary, Version version, Framing& out) {
  if (summary.transfer_encodings > 0) {
    if (summary.content_lengths > 0) return length_and_chunked;
    // RFC 9112 §6.1: in HTTP/1.0 the coding cannot be trusted to have been applied.
    if (summary.transfer_encodings > 1 || version == Version::http10) return invalid_coding;
    if (is_compressed_chunked(summary.transfer_encoding)) return unknown_coding;
    if (!iequals(summary.transfer_encoding, "chunked")) return invalid_coding;
    out = Framing::chunked();
    return {};
  }
  if (summary.content_lengths == 0) {
    out = Framing::none();
    return {};
  }
  auto const length = parse_content_length(summary.content_length);
  if (summary.content_lengths > 1 || !length) return invalid_length;
  out = Framing::of_length(*length);
  return {};
}

ParseError check_connection(FieldSummary const& summary, Headers const& headers) {
  if (!summary.has_connection) return {};
  std::size_t count = 0;
  for (Field const& field : headers) {
    if (field.id != FieldId::connection) continue;
    for (auto rest = field.value; !rest.empty(); ++count) {
      auto const id = identify(next_element(rest));
      bool const decides =
          id == FieldId::host || id == FieldId::content_length || id == FieldId::transfer_encoding;
      if (decides || count == max_connection_options) return bad_connection;
    }
  }
  return {};
}

}  // namespace tidegate::http
