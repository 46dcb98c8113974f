#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/h2_events.h"
#include "http/h2_limits.h"

namespace tidegate::http {

/// Makes a head, or trailers, of the fields of one block, and judges what the library lets through.
/// A connection has one block under way at most (RFC 9113 §6.10), so it needs one reader.
///
/// What the library refuses (syntax of names and values, connection-specific fields, pseudo-headers
/// out of order) never comes here.
class H2HeadReader {
 public:
  explicit H2HeadReader(H2Limits const& limits) : limits_(&limits) {}

  enum class Block : std::uint8_t { none, request, response, trailers };
  void begin(StreamId stream, Block block, H2HeadStorage storage);

  enum class Name : std::uint8_t { copied, is_static };
  enum class Size : std::uint8_t {
    bearable,
    absurd,  ///< several times over the limit: not to be read to its end (HPACK bomb)
  };
  [[nodiscard]] Size add(std::string_view name, std::string_view value, Name life);

  /// The block is complete. An error leaves the head in an unspecified state; its status is 400,
  /// 405, 431 or 501 for requests, 502 for responses, 400 for trailers.
  [[nodiscard]] ParseError finish(End end);

  [[nodiscard]] Headers const& trailers() const { return trailers_; }
  /// `:protocol` of an extended CONNECT.
  [[nodiscard]] std::string_view protocol() const { return protocol_; }
  /// Was the finished block a response below 200?
  [[nodiscard]] bool is_interim() const { return is_interim_; }
  [[nodiscard]] StreamId stream() const { return stream_; }
  /// The storage is gone: the rest of the block goes nowhere.
  void abandon();

 private:
  void add_request_pseudo(std::string_view name, std::string_view value);
  void add_request_field(Field field);
  void add_trailer(Field const& field);
  [[nodiscard]] ParseError finish_request(End end);
  [[nodiscard]] ParseError finish_response(End end);
  [[nodiscard]] ParseError check_target() const;
  [[nodiscard]] ParseError settle_authority();
  void join_cookies();
  [[nodiscard]] Framing framing(Headers const& headers, End end) const;
  void refuse(ParseError error) {
    if (!error_) error_ = error;
  }

  H2Limits const* limits_;
  H2HeadStorage storage_;
  Headers trailers_;
  ParseError error_;
  std::string_view host_;
  std::string_view protocol_;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
  std::size_t cookies_ = 0;
  StreamId stream_ = 0;
  Block block_ = Block::none;
  bool has_host_ = false;
  bool is_interim_ = false;
};

}  // namespace tidegate::http
