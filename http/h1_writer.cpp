#include "http/h1_writer.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace tidegate::http {
namespace {

void append_number(std::uint64_t number, int base, std::string& out) {
  std::array<char, 20> digits;
  auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  out.append(digits.data(), end);
}

void append_field(Field const& field, std::string& out) {
  out.append(field.name).append(": ").append(field.value).append("\r\n");
}

char* copy(std::string_view text, char* to) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

/// Those that `keeps` wants. The room for all is taken at once: most of a head is fields.
template <class Keeps>
void append_fields(Headers const& headers, std::string& out, Keeps keeps) {
  std::size_t room = out.size();
  for (Field const& field : headers) room += field.name.size() + field.value.size() + 4;
  std::size_t const used = out.size();
  out.resize(room);
  char* at = out.data() + used;
  for (Field const& field : headers) {
    if (!keeps(field)) continue;
    at = copy(": ", copy(field.name, at));
    at = copy("\r\n", copy(field.value, at));
  }
  out.resize(static_cast<std::size_t>(at - out.data()));
}

/// What the writer itself says about the connection and the body.
bool is_own(FieldId id) {
  return id == FieldId::connection || id == FieldId::content_length ||
         id == FieldId::transfer_encoding;
}

void append_framing(Framing framing, std::string& out) {
  switch (framing.kind) {
    case Framing::Kind::length:
      out.append("Content-Length: ");
      append_number(framing.length, 10, out);
      out.append("\r\n");
      break;
    case Framing::Kind::chunked: out.append("Transfer-Encoding: chunked\r\n"); break;
    case Framing::Kind::none:
    case Framing::Kind::until_close: break;
  }
}

void append_connection(bool is_close, Version client, std::string& out) {
  if (is_close) {
    out.append("Connection: close\r\n");
  } else if (client == Version::http10) {
    out.append("Connection: keep-alive\r\n");
  }
}

/// RFC 9110 §10.1.4 and §7.8: what concerns the connection has to be listed.
void append_connection_options(RequestHead const& head, bool has_te, std::string& out) {
  if (!head.protocol.empty()) {
    append_field({"Upgrade", head.protocol, FieldId::upgrade}, out);
    out.append(has_te ? "Connection: Upgrade, TE\r\n" : "Connection: Upgrade\r\n");
  } else if (has_te) {
    out.append("Connection: TE\r\n");
  }
}

void append_status_line(ResponseHead const& head, std::string& out) {
  out.append("HTTP/1.1 ");
  append_number(static_cast<std::uint64_t>(head.status), 10, out);
  out.append(" ").append(head.reason.empty() ? reason_phrase(head.status) : head.reason);
  out.append("\r\n");
}

}  // namespace

void write_request_head(RequestHead const& head, std::string& out) {
  out.append(head.method).append(" ").append(head.target).append(" HTTP/1.1\r\n");
  bool has_host = false;
  bool has_te = false;
  append_fields(head.headers, out, [&](Field const& field) {
    has_host = has_host || field.id == FieldId::host;
    has_te = has_te || field.id == FieldId::te;
    return !is_own(field.id);
  });
  if (!has_host) append_field({"Host", head.authority, FieldId::host}, out);
  append_connection_options(head, has_te, out);
  append_framing(head.framing, out);
  out.append("\r\n");
}

void write_response_head(ResponseHead const& head, Version client, Persistence persistence,
                         std::string& out) {
  append_status_line(head, out);
  bool const is_interim = head.status < 200;
  bool const is_bodiless = head.framing.kind == Framing::Kind::none;
  bool const keeps_length = is_bodiless && !is_interim && head.status != 204;
  append_fields(head.headers, out, [&](Field const& field) {
    return !is_own(field.id) || (keeps_length && field.id == FieldId::content_length);
  });
  if (!is_interim) {
    bool const is_chunked = head.framing.kind == Framing::Kind::chunked;
    bool const ends_at_close = head.framing.kind == Framing::Kind::until_close ||
                               (is_chunked && client == Version::http10);
    append_connection(ends_at_close || persistence == Persistence::close, client, out);
    if (!ends_at_close) append_framing(head.framing, out);
  } else if (head.status == 101) {
    out.append("Connection: Upgrade\r\n");
  }
  out.append("\r\n");
}

void write_chunk_header(std::size_t size, std::string& out) {
  append_number(size, 16, out);
  out.append("\r\n");
}

std::string_view frame_chunk(Chunk piece, End end, std::string& out) {
  if (piece.empty()) return end == End::yes ? "0\r\n\r\n" : "";
  write_chunk_header(piece.size(), out);
  return end == End::yes ? "\r\n0\r\n\r\n" : chunk_end;
}

void write_last_chunk(Headers const* trailers, std::string& out) {
  out.append("0\r\n");
  if (trailers) append_fields(*trailers, out, [](Field const&) { return true; });
  out.append("\r\n");
}

}  // namespace tidegate::http
