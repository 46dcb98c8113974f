#include "http/characters.h"
#include "http/h1_head.h"

namespace tidegate::http {

HeadScanner::Result HeadScanner::scan(std::string_view all_bytes_so_far, std::size_t limit) {
  using Status = Result::Status;
  // Beyond the limit nothing counts: the answer must not depend on how the bytes were split.
  auto const bytes = all_bytes_so_far.substr(0, limit);
  auto const waiting = all_bytes_so_far.size() < limit ? Status::need_more : Status::too_long;
  char const* const begin = bytes.data();
  char const* const end = begin + bytes.size();
  for (;;) {
    position_ = static_cast<std::size_t>(find_control(begin + position_, end) - begin);
    if (position_ == bytes.size()) return {waiting, 0};
    if (bytes[position_] == '\t') {
      ++position_;
      continue;
    }
    if (bytes[position_] != '\r') return {Status::malformed, 0};
    if (position_ + 1 == bytes.size()) return {waiting, 0};
    if (bytes[position_ + 1] != '\n') return {Status::malformed, 0};

    bool const is_empty_line = position_ == line_begin_;
    bool const is_first_line = line_begin_ == 0;
    position_ += 2;
    line_begin_ = position_;
    if (!is_empty_line) continue;
    if (is_first_line) return {Status::malformed, 0};
    return {Status::complete, position_};
  }
}

std::size_t leading_blank(std::string_view bytes) { return bytes.starts_with("\r\n") ? 2 : 0; }

}  // namespace tidegate::http
