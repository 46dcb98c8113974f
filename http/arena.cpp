#include "http/arena.h"

#include <algorithm>

namespace tidegate::http {

std::string_view Arena::concat(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (auto part : parts) size += part.size();
  char* const begin = allocate(size);
  char* to = begin;
  for (auto part : parts) to = std::copy(part.begin(), part.end(), to);
  return {begin, size};
}

void Arena::grow(std::size_t size) {
  auto const block = std::max<std::size_t>(size, 16 * 1024);
  overflow_.push_back(std::make_unique_for_overwrite<char[]>(block));
  next_ = overflow_.back().get();
  end_ = next_ + block;
}

}  // namespace tidegate::http
