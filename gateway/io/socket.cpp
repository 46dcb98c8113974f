#include "gateway/io/socket.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

namespace tidegate::gateway {
namespace {

constexpr int kBacklog = 4096;  // the kernel caps it at net.core.somaxconn

[[noreturn]] void throw_errno(std::string const& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void enable(int fd, int level, int option) {
  int const one = 1;
  ::setsockopt(fd, level, option, &one, sizeof one);
}

Socket bound_socket(SocketAddress const& address, bool reuse_port) {
  Socket socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) throw_errno("cannot open a socket for " + address.text());
  enable(socket.fd(), SOL_SOCKET, SO_REUSEADDR);
  if (reuse_port) enable(socket.fd(), SOL_SOCKET, SO_REUSEPORT);
  if (::bind(socket.fd(), address.data(), address.size()) != 0) {
    throw_errno("cannot listen on " + address.text());
  }
  return socket;
}

}  // namespace

void Socket::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

std::optional<SocketAddress> SocketAddress::parse(std::string_view ip, std::uint16_t port) {
  std::string const text(ip);
  SocketAddress address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage_);
  if (::inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    return address;
  }
  address.storage_ = {};
  if (::inet_pton(AF_INET6, text.c_str(), &address.storage_.sin6_addr) == 1) {
    address.storage_.sin6_family = AF_INET6;
    address.storage_.sin6_port = htons(port);
    return address;
  }
  return std::nullopt;
}

std::optional<SocketAddress> SocketAddress::parse_with_port(std::string_view text) {
  auto const colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto ip = text.substr(0, colon);
  auto const digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (ip.size() >= 2 && ip.front() == '[' && ip.back() == ']') ip = ip.substr(1, ip.size() - 2);
  return parse(ip.empty() ? "0.0.0.0" : ip, port);
}

SocketAddress SocketAddress::from(sockaddr_storage const& storage) {
  SocketAddress address;
  std::memcpy(&address.storage_, &storage, sizeof address.storage_);
  return address;
}

SocketAddress SocketAddress::local_of(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size);
  return from(storage);
}

socklen_t SocketAddress::size() const {
  return family() == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

std::uint16_t SocketAddress::port() const {
  return ntohs(storage_.sin6_port);
}  // same place in both

std::string SocketAddress::ip() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (family() == AF_INET) {
    auto const* v4 = reinterpret_cast<sockaddr_in const*>(&storage_);
    ::inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
  } else if (IN6_IS_ADDR_V4MAPPED(&storage_.sin6_addr)) {
    ::inet_ntop(AF_INET, &storage_.sin6_addr.s6_addr[12], text.data(), text.size());
  } else {
    ::inet_ntop(AF_INET6, &storage_.sin6_addr, text.data(), text.size());
  }
  return text.data();
}

std::string SocketAddress::text() const {
  auto const address = ip();
  auto const is_v6 = address.find(':') != std::string::npos;
  return (is_v6 ? "[" + address + "]" : address) + ":" + std::to_string(port());
}

bool SocketAddress::is_loopback() const {
  auto const address = ip();
  return address.starts_with("127.") || address == "::1";
}

Socket listen_on(SocketAddress const& address) {
  Socket socket = bound_socket(address, true);
  if (::listen(socket.fd(), kBacklog) != 0) throw_errno("cannot listen on " + address.text());
  return socket;
}

void check_bindable(SocketAddress const& address) {
  if (address.port() != 0) bound_socket(address, false).close();
}

Socket begin_connect(SocketAddress const& address) {
  Socket socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return {};
  enable(socket.fd(), IPPROTO_TCP, TCP_NODELAY);
  if (::connect(socket.fd(), address.data(), address.size()) != 0 && errno != EINPROGRESS) {
    int const reason = errno;
    socket.close();
    errno = reason;
  }
  return socket;
}

int error_of(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

}  // namespace tidegate::gateway
