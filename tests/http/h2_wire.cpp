#include "tests/http/h2_wire.h"

#include <nghttp2/nghttp2.h>

namespace tidegate::http::wire {
namespace {

std::uint32_t read_word(std::string_view bytes) {
  std::uint32_t number = 0;
  for (char c : bytes.substr(0, 4)) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

std::uint8_t* bytes_of(std::string const& text) {
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

}  // namespace

std::string word(std::uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift));
  return bytes;
}

std::string frame(Type type, std::uint8_t flags, StreamId stream, std::string_view payload) {
  auto bytes = word(static_cast<std::uint32_t>(payload.size())).substr(1);
  bytes.push_back(static_cast<char>(type));
  bytes.push_back(static_cast<char>(flags));
  return bytes.append(word(static_cast<std::uint32_t>(stream))).append(payload);
}

std::string setting(std::uint16_t id, std::uint32_t value) {
  return word(id).substr(2) + word(value);
}

std::string reset(StreamId stream, H2Error error) {
  return frame(rst_stream, 0, stream, word(static_cast<std::uint32_t>(error)));
}

std::string window(StreamId stream, std::uint32_t bytes) {
  return frame(window_update, 0, stream, word(bytes));
}

Fields get() { return get({}); }

Fields get(Fields const& more) {
  Fields fields{
      {":method", "GET"}, {":scheme", "https"}, {":authority", "example.com"}, {":path", "/"}};
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

Fields post(Fields const& more) {
  auto fields = get(more);
  fields.front().second = "POST";
  return fields;
}

Deflater::Deflater() {
  nghttp2_hd_deflater* deflater = nullptr;
  if (nghttp2_hd_deflate_new(&deflater, 4096) == 0) deflater_.reset(deflater);
}

void Deflater::Delete::operator()(nghttp2_hd_deflater* deflater) const {
  nghttp2_hd_deflate_del(deflater);
}

std::string Deflater::block(Fields const& fields) {
  std::vector<nghttp2_nv> list;
  for (auto const& [name, value] : fields) {
    list.push_back({bytes_of(name), bytes_of(value), name.size(), value.size(), 0});
  }
  std::string bytes(nghttp2_hd_deflate_bound(deflater_.get(), list.data(), list.size()), '\0');
  auto const size = nghttp2_hd_deflate_hd(deflater_.get(), bytes_of(bytes), bytes.size(),
                                          list.data(), list.size());
  bytes.resize(static_cast<std::size_t>(size));
  return bytes;
}

std::string Deflater::request(StreamId stream, Fields const& fields, End end) {
  auto const flags = end == End::yes ? end_headers | end_stream : end_headers;
  return frame(headers, static_cast<std::uint8_t>(flags), stream, block(fields));
}

H2Error Frame::error() const {
  return static_cast<H2Error>(read_word(std::string_view(payload).substr(type == goaway ? 4 : 0)));
}

std::vector<Frame> frames(std::string_view bytes) {
  std::vector<Frame> all;
  while (bytes.size() >= 9) {
    auto const size = read_word(bytes) >> 8;
    if (bytes.size() < 9 + size) break;
    all.push_back({static_cast<Type>(bytes[3]), static_cast<std::uint8_t>(bytes[4]),
                   static_cast<StreamId>(read_word(bytes.substr(5))),
                   std::string(bytes.substr(9, size))});
    bytes.remove_prefix(9 + size);
  }
  return all;
}

std::optional<H2Error> error_of(Type type, std::string_view bytes) {
  std::optional<H2Error> error;
  for (auto const& each : frames(bytes)) {
    if (each.type == type) error = each.error();
  }
  return error;
}

std::size_t count(Type type, std::string_view bytes) {
  std::size_t number = 0;
  for (auto const& each : frames(bytes)) number += each.type == type ? 1 : 0;
  return number;
}

}  // namespace tidegate::http::wire
