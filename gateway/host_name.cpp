#include "gateway/host_name.h"

#include <unistd.h>

#include <array>

namespace tidegate::gateway {

std::string const& host_name() {
  static std::string const name = [] {
    std::array<char, 256> text{};
    return std::string(::gethostname(text.data(), text.size() - 1) == 0 ? text.data() : "");
  }();
  return name;
}

}  // namespace tidegate::gateway
