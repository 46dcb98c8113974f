#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/stream.h"

namespace tidegate::gateway {

/// Passes a request's body on and remembers its beginning, so that another attempt can have it
/// again. A body that grows beyond the limit is forgotten: then there is no other attempt.
class Replay final : public http::BodySink, public http::BodySource {
 public:
  /// Told once, when the last of the body has been received.
  class Listener {
   public:
    virtual void on_request_complete() = 0;

   protected:
    ~Listener() = default;
  };

  /// Begins to read from `source` when the first attempt asks for the body. `limit` in bytes.
  void start(http::BodySource& source, Listener& listener, std::size_t limit);
  /// Forgets everything, keeps its memory.
  void reset();

  /// The body so far is within the limit: another attempt may have it.
  [[nodiscard]] bool can_replay() const { return received_ <= limit_ && has_everything_; }
  /// All that was received is still here. That holds beyond the limit as well, by one chunk: as
  /// long as nobody took anything.
  [[nodiscard]] bool has_everything() const { return has_everything_; }
  /// What was received, as long as it is all here.
  [[nodiscard]] std::string_view recorded() const { return recorded_; }
  [[nodiscard]] bool is_complete() const { return is_complete_; }
  [[nodiscard]] std::uint64_t received() const { return received_; }

  // http::BodySource, for the attempts
  void flow_to(http::BodySink& sink) override;
  void pull() override;
  void stop(http::Failure failure) override;

  // http::BodySink, for the client's connection
  http::Room write(http::Chunk chunk, http::End end) override;
  void finish(http::Headers const& trailers) override;
  void fail(http::Failure failure) override;
  void fed_by(http::BodySource* /*source*/) override {}

 private:
  void remember(http::Chunk chunk);
  void complete();

  http::BodySource* source_ = nullptr;
  Listener* listener_ = nullptr;
  http::BodySink* sink_ = nullptr;  ///< of the present attempt
  std::string recorded_;
  http::Headers trailers_;
  std::string trailer_text_;  ///< the bytes behind `trailers_`
  std::size_t limit_ = 0;
  std::uint64_t received_ = 0;
  bool is_flowing_ = false;
  bool has_everything_ = true;
  bool is_complete_ = false;
};

}  // namespace tidegate::gateway
