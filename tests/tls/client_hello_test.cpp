#include "tls/client_hello.h"

#include <gtest/gtest.h>

#include <string>

namespace tidegate::tls {
namespace {

using Status = ClientHello::Status;
using Kind = ServerName::Kind;

std::string number(std::size_t value, int width) {
  std::string text;
  for (int i = width - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

std::string block(std::string const& content, int width) {
  return number(content.size(), width) + content;
}

std::string extension(std::size_t type, std::string const& content) {
  return number(type, 2) + block(content, 2);
}

std::string server_name(std::string const& name) {
  return extension(0, block(number(0, 1) + block(name, 2), 2));
}

/// A ClientHello without its record; `extensions` with their length.
std::string message(std::string const& extensions) {
  return number(1, 1) +
         block(std::string("\3\3") + std::string(32, 'r') + block("id", 1) + block("\x13\x01", 2) +
                   block(std::string(1, '\0'), 1) + extensions,
               3);
}

std::string record(std::string const& content) { return "\x16\x03\x01" + block(content, 2); }

std::string hello(std::string const& extensions) { return record(message(block(extensions, 2))); }

TEST(ClientHello, NamesTheServerBetweenOtherExtensions) {
  auto const read =
      ClientHello::read(hello(extension(10, "xx") + server_name("A.Example") + extension(43, "")));
  EXPECT_EQ(read.status, Status::complete);
  EXPECT_EQ(read.name.kind, Kind::host);
  EXPECT_EQ(read.name.text, "a.example");
}

TEST(ClientHello, MayNameNoServer) {
  for (auto const& bytes : {hello(""), hello(extension(10, "")), record(message(""))}) {
    auto const read = ClientHello::read(bytes);
    EXPECT_EQ(read.status, Status::complete);
    EXPECT_EQ(read.name.kind, Kind::none);
  }
}

TEST(ClientHello, IsIncompleteUpToItsLastByte) {
  auto const bytes = hello(server_name("a.example"));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(ClientHello::read(bytes.substr(0, size)).status, Status::incomplete) << size;
  EXPECT_EQ(ClientHello::read(bytes + "whatever follows").status, Status::complete);
}

TEST(ClientHello, MaySpanRecords) {
  auto const whole = message(block(server_name("a.example"), 2));
  std::string bytes;
  for (char const byte : whole) bytes += record(std::string(1, byte));
  EXPECT_EQ(ClientHello::read(bytes).name.text, "a.example");
  bytes.pop_back();
  EXPECT_EQ(ClientHello::read(bytes).status, Status::incomplete);
}

TEST(ClientHello, WhatIsNoneIsMalformed) {
  auto const name = server_name("a.example");
  for (std::string const& bytes :
       {std::string("GET / HTTP/1.1\r\n"), std::string("\x16\x02\x01\0\1\1", 6),
        std::string("\x15\3\3\0\2\2\50", 7), std::string("\x16\3\1\0\0", 5),
        std::string("\x16\3\1\xff\xff\1", 6), record(std::string("\2\0\0\1x", 5)),
        record(std::string("\1\1\0\0", 4)), hello(name + name), hello(extension(0, "")),
        hello(name + "x"), record(message("x")), record(message(block(name, 2) + "x")),
        record(std::string("\1\0\0\4", 4) + "xxxx")})
    EXPECT_EQ(ClientHello::read(bytes).status, Status::malformed) << testing::PrintToString(bytes);
}

}  // namespace
}  // namespace tidegate::tls
