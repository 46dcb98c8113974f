#include "tls/server_names.h"

#include <algorithm>

namespace tidegate::tls {
namespace {

constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_label = 63;
constexpr unsigned char host_name_type = 0;

/// Takes integers and their contents off the front of an extension.
class Cursor {
 public:
  explicit Cursor(std::span<unsigned char const> rest) : rest_(rest) {}

  [[nodiscard]] std::optional<std::size_t> take(std::size_t width) {
    if (rest_.size() < width) return std::nullopt;
    std::size_t value = 0;
    for (unsigned char const byte : rest_.first(width)) value = value << 8U | byte;
    rest_ = rest_.subspan(width);
    return value;
  }
  [[nodiscard]] std::size_t size() const { return rest_.size(); }
  [[nodiscard]] std::string_view text() const {
    return {reinterpret_cast<char const*>(rest_.data()), rest_.size()};
  }

 private:
  std::span<unsigned char const> rest_;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_';
}

/// Letters, digits, hyphens and underscores in labels of 1 to 63; the last label is not a number,
/// or it would be an IPv4 address (RFC 6066 §3 allows no literal addresses).
bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > longest_name) return false;
  while (true) {
    std::size_t const dot = name.find('.');
    std::string_view const label = name.substr(0, dot);
    if (label.empty() || label.size() > longest_label) return false;
    if (!std::all_of(label.begin(), label.end(), is_host_character)) return false;
    if (dot == std::string_view::npos) return !std::all_of(label.begin(), label.end(), is_digit);
    name.remove_prefix(dot + 1);
  }
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

ServerName ServerName::parse(std::span<unsigned char const> extension) {
  ServerName name{Kind::malformed, {}};
  Cursor cursor(extension);
  auto const list_size = cursor.take(2);
  if (list_size != cursor.size()) return name;
  auto const type = cursor.take(1);
  auto const name_size = cursor.take(2);
  if (type != host_name_type || name_size != cursor.size() || name_size == 0) return name;
  std::string_view text = cursor.text();
  if (text.size() > 1 && text.back() == '.') text.remove_suffix(1);
  if (text.size() > 255 || text.find('\0') != std::string_view::npos) return name;
  name.text.resize(text.size());
  std::transform(text.begin(), text.end(), name.text.begin(), lower);
  name.kind = is_host_name(name.text) ? Kind::host : Kind::unusable;
  return name;
}

void ServerNames::add(std::string_view pattern, std::uint32_t server) {
  if (pattern == "*") {
    if (!any_) any_ = server;
  } else if (pattern.starts_with("*.")) {
    wildcards_.try_emplace(std::string(pattern.substr(1)), server);
  } else {
    exact_.try_emplace(std::string(pattern), server);
  }
}

std::optional<std::uint32_t> ServerNames::find(ServerName const& name) const {
  if (name.kind == ServerName::Kind::malformed) return std::nullopt;
  if (name.kind != ServerName::Kind::host) return any_;
  std::string_view const text = name.text;
  if (auto const found = exact_.find(text); found != exact_.end()) return found->second;
  for (std::size_t dot = text.find('.'); dot != std::string_view::npos;
       dot = text.find('.', dot + 1)) {
    auto const found = wildcards_.find(text.substr(dot));
    if (found != wildcards_.end()) return found->second;
  }
  return any_;
}

}  // namespace tidegate::tls
