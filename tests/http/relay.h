#pragma once

#include <string>
#include <string_view>

#include "http/arena.h"
#include "http/forwarding.h"
#include "http/h1_body.h"
#include "http/h1_head.h"
#include "http/h1_writer.h"
#include "http/uri.h"

/// A proxy in memory, for tests and fuzzers: bytes of one message in, in any pieces; out comes what
/// would be written to the other side.
namespace tidegate::http::relay {

/// How far a message has come.
enum class Verdict { incomplete, forwarded, refused };

/// A body whose framing is being taken off.
class Body {
 public:
  void start(Framing framing) { decoder_.start(framing); }

  /// Returns the bytes that were used up.
  std::size_t feed(std::string_view bytes) {
    std::size_t used = 0;
    for (;;) {
      auto const step = decoder_.next(bytes.substr(used));
      used += step.consumed;
      text_.append(step.data);
      if (step.status == BodyDecoder::Step::Status::data) continue;
      if (step.status == BodyDecoder::Step::Status::done) verdict_ = Verdict::forwarded;
      if (step.status == BodyDecoder::Step::Status::malformed) verdict_ = Verdict::refused;
      return used;
    }
  }

  /// Puts the framing back on. One chunk, so that the result does not depend on the pieces.
  void write(Framing framing, std::string& out) const {
    if (framing.kind != Framing::Kind::chunked) {
      out.append(text_);
      return;
    }
    if (!text_.empty()) {
      write_chunk_header(text_.size(), out);
      out.append(text_).append(chunk_end);
    }
    write_last_chunk(&decoder_.trailers(), out);
  }

  [[nodiscard]] Verdict verdict() const { return verdict_; }
  [[nodiscard]] BodyDecoder const& decoder() const { return decoder_; }

 private:
  BodyDecoder decoder_;
  std::string text_;
  Verdict verdict_ = Verdict::incomplete;
};

/// What both directions share. `Parse` turns the head's bytes into a ParseError.
class Message {
 public:
  virtual ~Message() = default;

  void feed(std::string_view piece) {
    if (verdict_ != Verdict::incomplete) return;
    pending_.append(piece);
    if (!has_head_ && !read_head()) return;
    auto const used = body_.feed(pending_);
    consumed_ += used;
    pending_.erase(0, used);
    verdict_ = body_.verdict();
    if (verdict_ == Verdict::refused) status_ = error_status();
  }

  /// Before the first `feed`.
  void limit(HeadLimits limits) { limits_ = limits; }

  [[nodiscard]] Verdict verdict() const { return verdict_; }
  [[nodiscard]] int status() const { return status_; }  ///< of the refusal
  /// Where the next message begins.
  [[nodiscard]] std::size_t consumed() const { return consumed_; }

 protected:
  virtual std::size_t blank(std::string_view) { return 0; }
  virtual ParseError parse(std::string_view head) = 0;
  [[nodiscard]] virtual Framing framing() const = 0;
  [[nodiscard]] virtual int error_status() const = 0;

  Body body_;
  HeadLimits limits_;

 private:
  bool read_head() {
    if (!is_blank_skipped_) {
      if (pending_.empty() || pending_ == "\r") return false;
      is_blank_skipped_ = true;
      consumed_ += blank(pending_);
      pending_.erase(0, blank(pending_));
    }
    auto const found = scanner_.scan(pending_, limits_.bytes);
    using Status = HeadScanner::Result::Status;
    if (found.status == Status::need_more) return false;
    if (found.status == Status::malformed) return refuse(error_status());
    if (found.status == Status::too_long) return refuse(error_status() == 400 ? 431 : 502);
    head_text_ = pending_.substr(0, found.size);
    pending_.erase(0, found.size);
    consumed_ += found.size;
    if (auto const error = parse(head_text_)) return refuse(error.status);
    body_.start(framing());
    return has_head_ = true;
  }

  bool refuse(int status) {
    verdict_ = Verdict::refused;
    status_ = status;
    return false;
  }

  HeadScanner scanner_;
  std::string pending_;
  std::string head_text_;
  std::size_t consumed_ = 0;
  Verdict verdict_ = Verdict::incomplete;
  int status_ = 0;
  bool is_blank_skipped_ = false;
  bool has_head_ = false;
};

/// A request on its way to the origin. Without forwarding, the head goes out as it was read.
class Request : public Message {
 public:
  enum class Forwarding { none, edge };
  explicit Request(Forwarding forwarding, Underscores underscores = Underscores::reject)
      : forwarding_(forwarding), underscores_(underscores) {}

  [[nodiscard]] RequestHead const& head() const { return head_; }
  [[nodiscard]] std::string written() const {
    std::string out;
    write_request_head(head_, out);
    body_.write(head_.framing, out);
    return out;
  }

 protected:
  std::size_t blank(std::string_view bytes) override { return leading_blank(bytes); }
  ParseError parse(std::string_view text) override {
    if (auto const error = parse_request_head(text, limits_, underscores_, head_)) return error;
    if (forwarding_ == Forwarding::none) return {};
    auto const normal = normalize_target(head_, {}, arena_);
    if (normal.outcome == NormalPath::Outcome::bad) return {400, "path_normalization_failed"};
    if (normal.outcome == NormalPath::Outcome::redirect) return {307, ""};
    to_upstream(head_, {.address = "203.0.113.7"}, "new-id", arena_);
    return {};
  }
  [[nodiscard]] Framing framing() const override { return head_.framing; }
  [[nodiscard]] int error_status() const override { return 400; }

 private:
  Forwarding forwarding_;
  Underscores underscores_;
  RequestHead head_;
  Arena arena_;
};

/// An answer on its way to an HTTP/1.1 client.
class Response : public Message {
 public:
  explicit Response(std::string_view request_method) : method_(request_method) {}

  [[nodiscard]] ResponseHead const& head() const { return head_; }
  [[nodiscard]] bool ends_at_close() const { return body_.decoder().ends_at_close(); }
  [[nodiscard]] std::string written() const {
    std::string out;
    write_response_head(head_, Version::http11, Persistence::keep_alive, out);
    body_.write(head_.framing, out);
    return out;
  }

 protected:
  ParseError parse(std::string_view text) override {
    return parse_response_head(text, limits_, method_, head_);
  }
  [[nodiscard]] Framing framing() const override { return head_.framing; }
  [[nodiscard]] int error_status() const override { return 502; }

 private:
  std::string_view method_;
  ResponseHead head_;
};

}  // namespace tidegate::http::relay
