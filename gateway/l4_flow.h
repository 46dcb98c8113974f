#pragma once

#include <cstdint>
#include <span>

#include "gateway/io/output.h"
#include "gateway/io/transport.h"

namespace tidegate::gateway {

/// One direction between two connections whose bytes are nobody's business. Reads no more while
/// the other side takes nothing, and passes the end on as an end.
class L4Flow {
 public:
  L4Flow(Transport& from, Transport& to, BufferPool& buffers)
      : from_(from), to_(to), output_(buffers) {}

  /// epoll's events of either side.
  void note_source(std::uint32_t events);
  void note_sink(std::uint32_t events);

  enum class Outcome : std::uint8_t {
    waiting,  ///< for an event
    busy,     ///< there is more, but others shall have their turn
    over,     ///< the end was passed on
    source_broke,
    sink_broke,
  };
  [[nodiscard]] Outcome advance(std::span<char> scratch);
  [[nodiscard]] std::uint64_t passed() const { return passed_; }  ///< bytes

 private:
  [[nodiscard]] Outcome read(std::span<char> scratch);

  Transport& from_;
  Transport& to_;
  Output output_;
  std::uint64_t passed_ = 0;
  bool readable_ = true;
  bool has_hung_up_ = false;
  bool is_at_end_ = false;
  bool is_over_ = false;
};

}  // namespace tidegate::gateway
