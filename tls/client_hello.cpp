#include "tls/client_hello.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace tidegate::tls {
namespace {

using Status = ClientHello::Status;

constexpr std::size_t record_header = 5;
constexpr std::size_t message_header = 4;
constexpr std::size_t longest_record = 16 * 1024;
constexpr std::size_t longest_message = 16 * 1024;  // browsers' are below 2 KiB, keys included
constexpr std::size_t handshake_record = 22;
constexpr std::size_t client_hello_message = 1;
constexpr std::size_t server_name_extension = 0;
constexpr std::size_t version_and_random = 2 + 32;

/// Takes integers and what they are the length of off the front. What is not there stays away.
class Cursor {
 public:
  explicit Cursor(std::string_view rest) : rest_(rest) {}

  [[nodiscard]] std::optional<std::size_t> number(std::size_t width) {
    auto const bytes = take(width);
    if (!bytes) return std::nullopt;
    std::size_t value = 0;
    for (char const byte : *bytes) value = value << 8U | static_cast<unsigned char>(byte);
    return value;
  }
  [[nodiscard]] std::optional<std::string_view> take(std::size_t size) {
    if (rest_.size() < size) return std::nullopt;
    auto const front = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return front;
  }
  /// A block behind its own length.
  [[nodiscard]] std::optional<std::string_view> block(std::size_t width) {
    auto const size = number(width);
    return size ? take(*size) : std::nullopt;
  }
  [[nodiscard]] bool empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

/// The handshake's bytes so far, out of their records (RFC 8446 §5.1: a message may span several).
/// Malformed when something else stands among them.
Status gather(std::string_view bytes, std::string& message) {
  while (!bytes.empty() && message.size() < message_header + longest_message) {
    Cursor header(bytes.substr(0, record_header));
    if (header.number(1) != handshake_record) return Status::malformed;
    auto const major = header.number(1);
    if (major && *major != 3) return Status::malformed;
    static_cast<void>(header.number(1));
    auto const size = header.number(2);
    if (!size) break;
    if (*size == 0 || *size > longest_record) return Status::malformed;
    bytes.remove_prefix(record_header);
    message += bytes.substr(0, *size);
    bytes.remove_prefix(std::min(*size, bytes.size()));
  }
  return Status::incomplete;
}

ServerName name_in(std::string_view extensions) {
  ServerName name;
  Cursor cursor(extensions);
  while (!cursor.empty()) {
    auto const type = cursor.number(2);
    auto const content = cursor.block(2);
    if (!type || !content) return {ServerName::Kind::malformed, {}};
    if (*type != server_name_extension) continue;
    if (name.kind != ServerName::Kind::none) return {ServerName::Kind::malformed, {}};
    name = ServerName::parse(
        {reinterpret_cast<unsigned char const*>(content->data()), content->size()});
  }
  return name;
}

/// `body` is a whole ClientHello (RFC 8446 §4.1.2).
ServerName name_of(std::string_view body) {
  ServerName const malformed{ServerName::Kind::malformed, {}};
  Cursor cursor(body);
  bool const is_complete = cursor.take(version_and_random) && cursor.block(1) &&  // session id
                           cursor.block(2) && cursor.block(1);  // ciphers, compression
  if (!is_complete) return malformed;
  if (cursor.empty()) return {};
  auto const extensions = cursor.block(2);
  if (!extensions || !cursor.empty()) return malformed;
  return name_in(*extensions);
}

}  // namespace

ClientHello ClientHello::read(std::string_view bytes) {
  std::string message;
  auto const gathered = gather(bytes, message);
  Cursor cursor(message);
  auto const type = cursor.number(1);
  if (type && *type != client_hello_message) return {Status::malformed, {}};
  auto const size = cursor.number(3);
  if (size && *size > longest_message) return {Status::malformed, {}};
  auto const body = size ? cursor.take(*size) : std::nullopt;
  if (!body) return {gathered, {}};
  auto name = name_of(*body);
  if (name.kind == ServerName::Kind::malformed) return {Status::malformed, {}};
  return {Status::complete, std::move(name)};
}

}  // namespace tidegate::tls
