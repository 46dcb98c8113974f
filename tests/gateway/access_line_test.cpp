#include "gateway/observe/access_line.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <sstream>
#include <string>

#include "gateway/observe/json_text.h"
#include "gateway/observe/record.h"

namespace tidegate::gateway {
namespace {

using namespace std::chrono_literals;

std::string line_of(RequestRecord const& record) {
  AccessLine line;
  LogBlock block;
  line.append(record, block);
  return std::string(block.text());
}

boost::json::object fields_of(RequestRecord const& record) {
  return boost::json::parse(line_of(record)).as_object();
}

std::string as_json(std::string_view text) {
  std::string memory(JsonText::longest_string(text.size()), '\0');
  JsonText json(memory.data());
  json.string(text);
  memory.resize(static_cast<std::size_t>(json.end() - memory.data()));
  return memory;
}

TEST(AccessLine, HasIstiosKeysWithTheirTypes) {
  routing::Cluster cluster;
  cluster.name = "outbound|8080||api.default.svc.cluster.local";
  RequestRecord record;
  record.start = std::chrono::system_clock::time_point(1767323045678ms);
  record.duration = 12'999'999ns;
  record.upstream_service_time = 11ms;
  record.method = "GET";
  record.path = "/a?b=c";
  record.response_code = 503;
  record.flags = http::Flags(http::Flag::upstream_connection_failure) |
                 http::Flag::upstream_retry_limit_exceeded;
  record.response_code_details = "via_upstream";
  record.bytes_received = 1;
  record.bytes_sent = 18'446'744'073'709'551'615U;
  record.x_forwarded_for = "192.0.2.1";
  record.user_agent = "curl/8";
  record.request_id = "id";
  record.authority = "a.test";
  record.upstream_host = "10.0.0.1:8080";
  record.downstream_remote_address = "192.0.2.1:5000";
  record.cluster = &cluster;
  record.region = "us-east-1";
  record.destination_version = "v1";
  record.attempts = 2;
  EXPECT_EQ(
      line_of(record),
      R"({"start_time":"2026-01-02T03:04:05.678Z","route_name":null,"method":"GET","path":"/a?b=c",)"
      R"("protocol":"HTTP/1.1","response_code":503,"response_flags":"UF,URX",)"
      R"("response_code_details":"via_upstream","connection_termination_details":null,)"
      R"("bytes_received":1,"bytes_sent":18446744073709551615,"duration":12,)"
      R"("upstream_service_time":"11","x_forwarded_for":"192.0.2.1","user_agent":"curl/8",)"
      R"("request_id":"id","authority":"a.test","upstream_host":"10.0.0.1:8080",)"
      R"("upstream_cluster":"outbound|8080||api.default.svc.cluster.local",)"
      R"("upstream_local_address":null,"downstream_local_address":null,)"
      R"("downstream_remote_address":"192.0.2.1:5000","requested_server_name":null,)"
      R"("upstream_transport_failure_reason":null,"region":"us-east-1","version":"v1","attempts":2})"
      "\n");
}

TEST(AccessLine, OfNothingKnownIsNullsAndZeros) {
  auto const fields = fields_of({});
  EXPECT_EQ(fields.size(), 27U);
  EXPECT_EQ(fields.at("response_flags"), "-");
  EXPECT_TRUE(fields.at("upstream_cluster").is_null());
  EXPECT_TRUE(fields.at("upstream_service_time").is_null());
  EXPECT_EQ(fields.at("response_code"), 0);
}

TEST(AccessLine, TellsTheStatusOfGrpcOnly) {
  RequestRecord record;
  EXPECT_FALSE(fields_of(record).contains("grpc_status"));
  record.is_grpc = true;
  EXPECT_FALSE(fields_of(record).contains("grpc_status"));
  record.grpc_status = 14;
  EXPECT_EQ(fields_of(record).at("grpc_status"), 14);
}

TEST(AccessLine, KeepsMillisecondsInTheSameAndTheNextSecond) {
  AccessLine line;
  LogBlock block;
  for (auto const when : {1000ms, 1007ms, 1999ms, 2000ms, 999ms}) {
    RequestRecord record;
    record.start = std::chrono::system_clock::time_point(when);
    line.append(record, block);
  }
  std::istringstream lines{std::string(block.text())};
  for (char const* time : {"01.000Z", "01.007Z", "01.999Z", "02.000Z", "00.999Z"}) {
    std::string text;
    std::getline(lines, text);
    EXPECT_EQ(text.substr(15, 24), std::string("1970-01-01T00:00:") + time);
  }
}

TEST(AccessLine, OfTheWorstBytesFitsAndIsValid) {
  std::string const worst(60'000, '\x01');
  RequestRecord record;
  record.path = record.user_agent = record.authority = worst;
  EXPECT_EQ(fields_of(record).at("path").as_string(), worst);
}

TEST(JsonText, EscapesWhatWouldBreakTheLine) {
  struct {
    std::string_view text;
    std::string_view json;
  } const table[] = {
      {"", R"("")"},
      {"plain", R"("plain")"},
      {"a\"b\\c", R"("a\"b\\c")"},
      {std::string_view("\0\n\r\t\x1f\x7f", 6), "\"\\u0000\\u000a\\u000d\\u0009\\u001f\x7f\""},
      {"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\""},
      {"\xff", R"("\ufffd")"},
      {"a\xc3", R"("a\ufffd")"},
      {"\xc0\xaf", R"("\ufffd\ufffd")"},
      {"\xe0\x80\xaf", R"("\ufffd\ufffd\ufffd")"},
      {"\xed\xa0\x80", R"("\ufffd\ufffd\ufffd")"},
      {"\xf4\x90\x80\x80", R"("\ufffd\ufffd\ufffd\ufffd")"},
      {"\xe2\x82", R"("\ufffd\ufffd")"},
      {"\x80z", R"("\ufffdz")"},
  };
  for (auto const& row : table) EXPECT_EQ(as_json(row.text), row.json);
}

TEST(JsonText, IsValidForAnyTwoBytes) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      std::string const text{static_cast<char>(first), static_cast<char>(second)};
      boost::system::error_code error;
      static_cast<void>(boost::json::parse(as_json(text), error));
      ASSERT_FALSE(error) << first << " " << second;
    }
  }
}

}  // namespace
}  // namespace tidegate::gateway
