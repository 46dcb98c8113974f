#include <benchmark/benchmark.h>

#include "http/forwarding.h"
#include "http/h1_head.h"
#include "http/h1_writer.h"
#include "http/uri.h"

// What the head of one request costs, step by step. Not part of `make test`.
namespace tidegate::http {
namespace {

// A browser's GET with ten fields.
constexpr std::string_view request_bytes =
    "GET /api/v1/research/sessions?limit=20&cursor=abc HTTP/1.1\r\n"
    "Host: api.example.com\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: application/json, text/plain, */*\r\n"
    "Accept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Referer: https://app.example.com/research\r\n"
    "Authorization: Bearer 0123456789abcdef0123456789abcdef\r\n"
    "Cookie: session=0123456789abcdef; theme=dark\r\n"
    "Connection: keep-alive\r\n"
    "Cache-Control: no-cache\r\n\r\n";

constexpr std::string_view response_bytes =
    "HTTP/1.1 200 OK\r\n"
    "Server: nginx\r\n"
    "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: 1024\r\n"
    "Connection: keep-alive\r\n"
    "ETag: \"0123456789abcdef\"\r\n"
    "Cache-Control: private\r\n\r\n";

constexpr std::string_view request_id = "00000000-0000-4000-8000-000000000000";

void find_head_end(benchmark::State& state) {
  for (auto _ : state) {
    HeadScanner scanner;
    auto result = scanner.scan(request_bytes, 60 * 1024);
    benchmark::DoNotOptimize(result);
  }
}
BENCHMARK(find_head_end);

void parse_request(benchmark::State& state) {
  RequestHead head;
  for (auto _ : state) {
    head.clear();
    auto error = parse_request_head(request_bytes, {}, Underscores::reject, head);
    if (error) state.SkipWithError("refused");
    benchmark::DoNotOptimize(head);
  }
}
BENCHMARK(parse_request);

void parse_response(benchmark::State& state) {
  ResponseHead head;
  for (auto _ : state) {
    head.clear();
    auto error = parse_response_head(response_bytes, {}, "GET", head);
    if (error) state.SkipWithError("refused");
    benchmark::DoNotOptimize(head);
  }
}
BENCHMARK(parse_response);

void write_request(benchmark::State& state) {
  RequestHead head;
  if (parse_request_head(request_bytes, {}, Underscores::reject, head)) return;
  std::string out;
  for (auto _ : state) {
    out.clear();
    write_request_head(head, out);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(write_request);

void normalize_plain_path(benchmark::State& state) {
  RequestHead head;
  Arena arena;
  for (auto _ : state) {
    head.target = "/api/v1/research/sessions?limit=20&cursor=abc";
    auto result = normalize_target(head, {}, arena);
    benchmark::DoNotOptimize(result);
  }
}
BENCHMARK(normalize_plain_path);

void normalize_escaped_path(benchmark::State& state) {
  RequestHead head;
  Arena arena;
  for (auto _ : state) {
    arena.reset();
    head.target = "/api//v1/./research/%7euser/../caf%c3%a9?limit=20&cursor=abc";
    auto result = normalize_target(head, {}, arena);
    benchmark::DoNotOptimize(result);
  }
}
BENCHMARK(normalize_escaped_path);

/// All that happens to a request's head between the client's socket and the origin's.
void whole_request_head(benchmark::State& state) {
  RequestHead head;
  Arena arena;
  std::string out;
  for (auto _ : state) {
    arena.reset();
    head.clear();
    out.clear();
    HeadScanner scanner;
    auto const found = scanner.scan(request_bytes, 60 * 1024);
    auto const text = request_bytes.substr(0, found.size);
    if (parse_request_head(text, {}, Underscores::reject, head)) state.SkipWithError("refused");
    benchmark::DoNotOptimize(normalize_target(head, {}, arena));
    to_upstream(head, {.address = "203.0.113.7"}, request_id, arena);
    write_request_head(head, out);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(whole_request_head);

}  // namespace
}  // namespace tidegate::http

BENCHMARK_MAIN();
