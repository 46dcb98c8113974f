#include "http/grpc.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "http/grpc_web.h"

namespace tidegate::http {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

TEST(GrpcKind, IsSaidByTheContentType) {
  struct {
    std::string_view type;
    GrpcKind kind;
    std::string_view suffix;
  } const table[] = {
      {"application/grpc", GrpcKind::grpc, ""},
      {"application/grpc+proto", GrpcKind::grpc, "+proto"},
      {"application/grpc+json; charset=utf-8", GrpcKind::grpc, "+json"},
      {"Application/GRPC", GrpcKind::grpc, ""},
      {"application/grpc;x=+y", GrpcKind::grpc, ""},
      {"application/grpc-web", GrpcKind::web, ""},
      {"application/grpc-web+proto", GrpcKind::web, "+proto"},
      {"application/grpc-web-text", GrpcKind::web_text, ""},
      {"application/grpc-web-text+proto", GrpcKind::web_text, "+proto"},
      {"application/grpc-webby", GrpcKind::none, ""},
      {"application/grpc-text", GrpcKind::none, ""},
      {"application/grpcx", GrpcKind::none, ""},
      {"application/json", GrpcKind::none, ""},
      {"application/grp", GrpcKind::none, ""},
      {"", GrpcKind::none, ""},
  };
  for (auto const& row : table) {
    EXPECT_EQ(grpc_kind(row.type), row.kind) << row.type;
    EXPECT_EQ(grpc_suffix(row.type), row.suffix) << row.type;
  }
}

TEST(GrpcStatusOf, FollowsTheMapping) {
  constexpr std::array<std::array<int, 2>, 12> table{{{400, 13},
                                                      {401, 16},
                                                      {403, 7},
                                                      {404, 12},
                                                      {429, 14},
                                                      {502, 14},
                                                      {503, 14},
                                                      {504, 14},
                                                      {408, 2},
                                                      {413, 2},
                                                      {421, 2},
                                                      {500, 2}}};
  for (auto const& [http, grpc] : table) EXPECT_EQ(grpc_status_of(http), grpc) << http;
}

TEST(GrpcTimeout, IsReadInEveryUnitAndRoundedUp) {
  struct {
    std::string_view text;
    milliseconds timeout;
  } const table[] = {{"1H", 1h},
                     {"2M", 2min},
                     {"3S", 3s},
                     {"250m", 250ms},
                     {"1500u", 2ms},
                     {"1n", 1ms},
                     {"0n", 0ms},
                     {"0S", 0ms},
                     {"00000001S", 1s},
                     {"99999999m", 99'999'999ms},
                     {"99999999S", 99'999'999s},
                     {"99999999H", 99'999'999s}};
  for (auto const& row : table) EXPECT_EQ(parse_grpc_timeout(row.text), row.timeout) << row.text;
}

TEST(GrpcTimeout, IsNothingWhenMalformed) {
  for (std::string_view text :
       {"", "S", "1", "1s", "1x", "-1S", "+1S", " 1S", "1 S", "1.5S", "123456789S", "1SS"})
    EXPECT_FALSE(parse_grpc_timeout(text)) << text;
}

TEST(GrpcTimeout, IsWrittenInEightDigits) {
  Arena arena;
  EXPECT_EQ(grpc_timeout_text(0ms, arena), "1m");
  EXPECT_EQ(grpc_timeout_text(-5ms, arena), "1m");
  EXPECT_EQ(grpc_timeout_text(1500ms, arena), "1500m");
  EXPECT_EQ(grpc_timeout_text(99'999'999ms, arena), "99999999m");
  EXPECT_EQ(grpc_timeout_text(100'000'000ms, arena), "100000S");
  EXPECT_EQ(grpc_timeout_text(99'999'999s, arena), "99999999S");
}

TEST(GrpcMessage, IsPercentEncodedWhereItMustBe) {
  Arena arena;
  EXPECT_EQ(grpc_message_text("no healthy upstream {~}", arena), "no healthy upstream {~}");
  EXPECT_EQ(grpc_message_text("100%\r\n\xc3\xbc\x7f", arena), "100%25%0D%0A%C3%BC%7F");
  EXPECT_EQ(grpc_message_text("", arena), "");
}

std::string message(std::size_t size) {
  std::string text(5 + size, 'x');
  text[0] = '\0';
  for (std::size_t i = 0; i < 4; ++i) text[4 - i] = static_cast<char>(size >> (8 * i) & 0xffU);
  return text;
}

TEST(GrpcMessageCounter, CountsWhateverThePieces) {
  auto const body = message(0) + message(1) + message(70'000) + message(0) + message(300);
  for (std::size_t const piece : {1U, 2U, 4U, 5U, 6U, 7U, 64U, 4096U, 1'000'000U}) {
    GrpcMessageCounter counter;
    for (std::string_view rest = body; !rest.empty();) {
      counter.count(rest.substr(0, piece));
      rest.remove_prefix(std::min(piece, rest.size()));
    }
    EXPECT_EQ(counter.messages(), 5U) << piece;
  }
}

TEST(GrpcMessageCounter, DoesNotCountHalfAPrefix) {
  GrpcMessageCounter counter;
  counter.count(message(3) + message(0).substr(0, 4));
  EXPECT_EQ(counter.messages(), 1U);
}

TEST(GrpcMessageCounter, KnowsWhetherAMessageIsCut) {
  auto const body = message(2) + message(0);
  std::string between;
  for (std::size_t size = 0; size <= body.size(); ++size) {
    GrpcMessageCounter counter;
    counter.count(body.substr(0, size));
    between.push_back(counter.is_between_messages() ? '|' : '-');
  }
  EXPECT_EQ(between, "|------|----|");
}

TEST(Base64Decoder, TakesPiecesWithPaddingOfTheirOwn) {
  struct {
    std::string_view text;
    std::string_view bytes;
  } const table[] = {{"", ""},
                     {"aGVsbG8gd29ybGQh", "hello world!"},
                     {"aGVsbG8=IHdvcmxkIQ==", "hello world!"},
                     {"aA==aQ==amo=", "hijj"},
                     {"AP+/", std::string_view("\0\xff\xbf", 3)}};
  for (auto const& row : table) {
    for (std::size_t piece = 1; piece <= row.text.size() + 1; ++piece) {
      Base64Decoder decoder;
      std::string bytes;
      for (std::string_view rest = row.text; !rest.empty();) {
        ASSERT_TRUE(decoder.decode(rest.substr(0, piece), bytes)) << row.text;
        rest.remove_prefix(std::min(piece, rest.size()));
      }
      EXPECT_EQ(bytes, row.bytes) << piece;
      EXPECT_TRUE(decoder.is_between_groups());
    }
  }
}

TEST(Base64Decoder, RefusesWhatIsNone) {
  for (std::string_view text :
       {"====", "A===", "AB=C", "=ABC", "A=BC", "AB C", "AB\nC", "AB-_", "ABC\xff", "AAAAAB=C"}) {
    Base64Decoder decoder;
    std::string bytes;
    EXPECT_FALSE(decoder.decode(text, bytes)) << text;
  }
}

TEST(Base64Decoder, KnowsThatAGroupIsIncomplete) {
  Base64Decoder decoder;
  std::string bytes;
  EXPECT_TRUE(decoder.decode("aGVsb", bytes));
  EXPECT_FALSE(decoder.is_between_groups());
}

TEST(AppendBase64, PadsEveryPiece) {
  std::string text;
  for (std::string_view bytes : {"", "h", "he", "hel", "hell"}) append_base64(bytes, text);
  EXPECT_EQ(text, "aA==aGU=aGVsaGVsbA==");
  text.clear();
  append_base64(std::string_view("\0\xff\xbf", 3), text);
  EXPECT_EQ(text, "AP+/");
}

TEST(GrpcWebTrailers, AreOneLastPart) {
  Headers trailers;
  trailers.add("Grpc-Status", "14");
  trailers.add("grpc-message", "down");
  std::string body;
  append_grpc_web_trailers(trailers, body);
  std::string const lines = "grpc-status: 14\r\ngrpc-message: down\r\n";
  EXPECT_EQ(body, std::string("\x80\0\0\0", 4) + static_cast<char>(lines.size()) + lines);
}

TEST(GrpcWebType, KeepsTheSuffix) {
  Arena arena;
  EXPECT_EQ(grpc_type_of("application/grpc-web", arena), "application/grpc");
  EXPECT_EQ(grpc_type_of("application/grpc-web-text+json", arena), "application/grpc+json");
  EXPECT_EQ(grpc_web_type_of("application/grpc", GrpcKind::web, arena),
            "application/grpc-web+proto");
  EXPECT_EQ(grpc_web_type_of("application/grpc+json", GrpcKind::web_text, arena),
            "application/grpc-web-text+json");
}

TEST(GrpcWebAnswer, IsWrittenAsAcceptSaysElseAsTheRequest) {
  struct {
    std::string_view accept;
    GrpcKind request;
    GrpcKind answer;
  } const table[] = {
      {"application/grpc-web-text", GrpcKind::web, GrpcKind::web_text},
      {"text/html, application/grpc-web+proto", GrpcKind::web_text, GrpcKind::web},
      {"*/*", GrpcKind::web_text, GrpcKind::web_text},
      {"application/grpc", GrpcKind::web, GrpcKind::web},
      {"", GrpcKind::web, GrpcKind::web},
  };
  for (auto const& row : table) {
    Headers request;
    if (!row.accept.empty()) request.add("Accept", row.accept);
    EXPECT_EQ(answer_kind(request, row.request), row.answer) << row.accept;
  }
}

}  // namespace
}  // namespace tidegate::http
