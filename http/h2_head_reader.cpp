#include "http/h2_head_reader.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "http/authority.h"
#include "http/characters.h"
#include "http/h1_fields.h"
#include "http/trailers.h"

namespace tidegate::http {
namespace {

// Envoy's names where it has one.
constexpr ParseError bad_messaging{400, "http2.violation.of.messaging.rule"};
constexpr ParseError bad_target{400, "http2.invalid_path"};
constexpr ParseError bad_scheme{400, "http2.invalid_scheme"};
constexpr ParseError bad_authority{400, "http2.invalid_authority"};
constexpr ParseError missing_host{400, "missing_host_header"};
constexpr ParseError underscore_in_name{400, "http2.unexpected_underscore"};
constexpr ParseError no_trace{405, "trace_not_supported"};
constexpr ParseError no_connect{501, "connect_not_supported"};
constexpr ParseError too_large{431, "request_headers_too_large"};
constexpr ParseError too_many{431, "http2.too_many_headers"};

/// RFC 9113 §10.5.1 counts so much for each field, so that empty ones are not free.
constexpr std::size_t field_overhead = 32;
/// Times the limit: what is read, without being kept, to answer 431 rather than to cut.
constexpr std::size_t bearable_excess = 4;

/// Fields about one connection have no place in HTTP/2 (RFC 9113 §8.2.2). The library knows the
/// others.
bool is_misplaced(FieldId id) { return id == FieldId::http2_settings; }

}  // namespace

void H2HeadReader::begin(StreamId stream, Block block, H2HeadStorage storage) {
  storage_ = storage;
  block_ = storage.arena == nullptr ? Block::none : block;
  if (block_ == Block::request) storage_.request->clear();
  if (block_ == Block::response) storage_.response->clear();
  trailers_.clear();
  error_ = {};
  host_ = protocol_ = {};
  bytes_ = count_ = cookies_ = 0;
  stream_ = stream;
  has_host_ = is_interim_ = false;
}

void H2HeadReader::abandon() {
  block_ = Block::none;
  storage_ = {};
  stream_ = 0;
  trailers_.clear();
}

H2HeadReader::Size H2HeadReader::add(std::string_view name, std::string_view value, Name life) {
  bytes_ += name.size() + value.size() + field_overhead;
  if (bytes_ > limits_->header_bytes) {
    refuse(too_large);
    return bytes_ > bearable_excess * limits_->header_bytes ? Size::absurd : Size::bearable;
  }
  if (block_ == Block::none || error_) return Size::bearable;

  auto const kept_value = storage_.arena->copy(value);
  if (name.starts_with(':')) {
    if (block_ == Block::request) add_request_pseudo(name, kept_value);
    if (block_ == Block::response && name == ":status") {
      for (char c : value) storage_.response->status = storage_.response->status * 10 + (c - '0');
    }
    return Size::bearable;
  }
  auto const kept_name = life == Name::is_static ? name : storage_.arena->copy(name);
  Field const field{kept_name, kept_value, identify(name)};
  // A browser splits its cookies into one field each (RFC 9113 §8.2.3): still one header.
  if (field.id != FieldId::cookie || cookies_++ == 0) ++count_;
  if (count_ > limits_->header_count) {
    refuse(too_many);
  } else if (block_ == Block::request) {
    add_request_field(field);
  } else if (block_ == Block::response) {
    storage_.response->headers.add(field);
  } else {
    add_trailer(field);
  }
  return Size::bearable;
}

void H2HeadReader::add_request_pseudo(std::string_view name, std::string_view value) {
  auto& head = *storage_.request;
  if (name == ":method") {
    head.method = value;
  } else if (name == ":path") {
    head.target = value;
  } else if (name == ":scheme") {
    head.scheme = value;
  } else if (name == ":authority") {
    head.authority = value;
  } else if (name == ":protocol") {
    protocol_ = value;
  }
}

void H2HeadReader::add_request_field(Field field) {
  if (is_misplaced(field.id)) return refuse(bad_messaging);
  if (field.id == FieldId::host) {
    if (has_host_) return refuse(bad_authority);
    has_host_ = true;
    host_ = field.value;
    return;
  }
  if (limits_->underscores != Underscores::allow &&
      field.name.find('_') != std::string_view::npos) {
    if (limits_->underscores == Underscores::reject) refuse(underscore_in_name);
    return;
  }
  storage_.request->headers.add(field);
}

void H2HeadReader::add_trailer(Field const& field) {
  if (field.id == FieldId::host || field.id == FieldId::content_length || is_misplaced(field.id)) {
    return refuse(bad_messaging);
  }
  if (storage_.request != nullptr && limits_->underscores != Underscores::allow &&
      field.name.find('_') != std::string_view::npos) {
    if (limits_->underscores == Underscores::reject) refuse(underscore_in_name);
    return;
  }
  if (!is_too_late_for_trailers(field)) trailers_.add(field);
}

ParseError H2HeadReader::finish(End end) {
  auto const block = std::exchange(block_, Block::none);
  if (error_) return block == Block::response ? ParseError{502, error_.details} : error_;
  switch (block) {
    case Block::request: return finish_request(end);
    case Block::response: return finish_response(end);
    case Block::trailers:
    case Block::none: break;
  }
  return {};
}

ParseError H2HeadReader::finish_request(End end) {
  auto& head = *storage_.request;
  head.version = Version::http2;
  if (!is_all(CharClass::token, head.method)) return bad_messaging;
  if (head.method == "CONNECT" && protocol_.empty()) return no_connect;
  if (head.method == "TRACE") return no_trace;
  if (!is_all(CharClass::token, protocol_)) return bad_messaging;
  if (head.scheme != "http" && head.scheme != "https") return bad_scheme;
  if (auto error = check_target()) return error;
  if (auto error = settle_authority()) return error;
  if (cookies_ > 1) join_cookies();
  head.framing = framing(head.headers, end);
  return {};
}

ParseError H2HeadReader::finish_response(End end) {
  auto& head = *storage_.response;
  head.version = Version::http2;
  is_interim_ = head.status < 200;
  // With the head the end: HEAD, 204, 304, or a body that is empty. None of them has one to frame.
  head.framing = end == End::yes || is_interim_ ? Framing::none() : framing(head.headers, end);
  return {};
}

ParseError H2HeadReader::check_target() const {
  auto const& head = *storage_.request;
  if (head.target.empty() || !is_all(CharClass::target, head.target)) return bad_target;
  if (head.target.front() == '/') return {};
  return head.target == "*" && head.method == "OPTIONS" ? ParseError{} : bad_target;
}

/// `:authority` and Host say the same, or one of them is missing (RFC 9113 §8.3.1).
ParseError H2HeadReader::settle_authority() {
  auto& head = *storage_.request;
  if (head.authority.empty()) {
    head.authority = host_;
  } else if (has_host_ && !iequals(host_, head.authority)) {
    return bad_authority;
  }
  if (head.authority.empty()) return missing_host;
  if (!is_valid_authority(head.authority)) return bad_authority;
  head.headers.add({"host", head.authority, FieldId::host});
  return {};
}

void H2HeadReader::join_cookies() {
  constexpr std::string_view glue = "; ";
  auto& headers = storage_.request->headers;
  std::size_t size = 0;
  for (Field const& field : headers) {
    if (field.id == FieldId::cookie) size += field.value.size() + glue.size();
  }
  char* const text = storage_.arena->allocate(size);
  char* to = text;
  for (Field const& field : headers) {
    if (field.id != FieldId::cookie) continue;
    if (to != text) to = std::copy(glue.begin(), glue.end(), to);
    to = std::copy(field.value.begin(), field.value.end(), to);
  }
  headers.remove(FieldId::cookie);
  std::string_view const joined(text, static_cast<std::size_t>(to - text));
  headers.add({"cookie", joined, FieldId::cookie});
}

/// The library compares the length with the DATA that comes, and refuses one that is no number.
Framing H2HeadReader::framing(Headers const& headers, End end) const {
  auto const text = headers.find(FieldId::content_length);
  auto const length = text ? parse_content_length(*text) : std::nullopt;
  if (length) return Framing::of_length(*length);
  return end == End::yes ? Framing::none() : Framing::chunked();
}

}  // namespace tidegate::http
