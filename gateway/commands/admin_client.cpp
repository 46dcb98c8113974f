#include <sys/socket.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "gateway/commands/commands.h"
#include "gateway/io/socket.h"

namespace tidegate::gateway {
namespace {

namespace json = boost::json;

struct HttpAnswer {
  int status = 0;  ///< 0 = no answer; `body` then says why
  std::string body;
};

std::string read_all(int fd) {
  std::string all;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::recv(fd, buffer, sizeof buffer, 0)) > 0;)
    all.append(buffer, static_cast<std::size_t>(got));
  return all;
}

HttpAnswer ask(std::string const& method, std::string const& path, AdminOptions const& options) {
  auto const address = SocketAddress::parse_with_port(options.address);
  if (!address)
    return {0, "--admin " + options.address + ": expected ADDRESS:PORT such as 127.0.0.1:9901"};
  Socket const socket(::socket(address->family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  timeval const patience{60, 0};
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::connect(socket.fd(), address->data(), address->size()) != 0) {
    return {0, "no gateway answers at " + options.address + ": " + std::strerror(errno)};
  }
  std::string request = method + " /api/v1/" + path + " HTTP/1.1\r\nHost: " + options.address +
                        "\r\nConnection: close\r\n";
  if (!options.token.empty()) request += "Authorization: Bearer " + options.token + "\r\n";
  request += "Content-Length: 0\r\n\r\n";
  if (::send(socket.fd(), request.data(), request.size(), MSG_NOSIGNAL) < 0)
    return {0, std::strerror(errno)};
  auto const text = read_all(socket.fd());
  auto const head_end = text.find("\r\n\r\n");
  if (head_end == std::string::npos || !text.starts_with("HTTP/1.1 "))
    return {0, "no HTTP answer from " + options.address};
  return {std::atoi(text.c_str() + 9), text.substr(head_end + 4)};
}

void print_plainly(json::value const& value) {
  if (auto const* object = value.if_object()) {
    for (auto const& [key, member] : *object) {
      if (auto const* list = member.if_array()) {
        for (auto const& line : *list)
          std::printf("%s\n",
                      line.is_string() ? line.as_string().c_str() : json::serialize(line).c_str());
      } else {
        auto const text =
            member.is_string() ? std::string(member.as_string()) : json::serialize(member);
        std::printf("%s: %s\n", std::string(key).c_str(), text.c_str());
      }
    }
  }
}

}  // namespace

int admin_command(std::string const& name, AdminOptions const& options, OutputFormat format) {
  auto const answer = ask(name == "status" ? "GET" : "POST", name, options);
  if (answer.status == 0) {
    std::fprintf(stderr, "tidegate %s: %s\n", name.c_str(), answer.body.c_str());
    return 1;
  }
  bool const is_fine = answer.status < 300;
  boost::system::error_code error;
  auto const value = json::parse(answer.body, error);
  if (format == OutputFormat::json || error) {
    std::printf("%s", answer.body.c_str());
    return is_fine ? 0 : 1;
  }
  if (is_fine) {
    print_plainly(value);
    return 0;
  }
  auto const& problem = value.at("error");
  std::fprintf(stderr, "tidegate %s: %s\n", name.c_str(),
               problem.at("message").as_string().c_str());
  if (auto const* details = problem.as_object().if_contains("details")) {
    for (auto const& line : details->as_array())
      std::fprintf(stderr, "%s\n", line.as_string().c_str());
  }
  return 1;
}

}  // namespace tidegate::gateway
