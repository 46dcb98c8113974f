#include "tls/record_layer.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "tests/tls/hex.h"
#include "tls/aead.h"

namespace tidegate::tls {
namespace {

using Kind = RecordLayer::Opened::Kind;
using testing::bytes_of;

constexpr std::size_t full = RecordLayer::longest_plaintext;

std::string text_of(std::string_view hex) {
  auto const bytes = bytes_of(hex);
  return {bytes.begin(), bytes.end()};
}

/// RFC 8448 §3.
auto const client_secret =
    bytes_of("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5");
auto const server_secret =
    bytes_of("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643");

/// One record with any content and type, as no honest peer would make it.
std::string forge(TrafficKeys& keys, std::string const& content, int type,
                  std::size_t padding = 0) {
  std::string inner = content;
  if (type >= 0) inner += static_cast<char>(type);
  inner.append(padding, '\0');
  auto const size = inner.size() + tag_size;
  std::string record{23, 3, 3, static_cast<char>(size >> 8U), static_cast<char>(size & 0xffU)};
  record.resize(5 + size);
  auto* const bytes = reinterpret_cast<unsigned char*>(record.data());
  std::string_view const part = inner;
  seal(keys, {bytes, 5}, std::span(&part, 1), bytes + 5);
  return record;
}

/// Ours, and a client that can be told to send anything.
struct Ends {
  explicit Ends(Suite suite = Suite::aes_128_gcm_sha256,
                std::uint64_t records_per_key = RecordLayer::records_per_key)
      : client_keys(suite, secret(client_secret, suite), 0),
        server({suite, secret(client_secret, suite), secret(server_secret, suite), 0,
                records_per_key}),
        client({suite, secret(server_secret, suite), secret(client_secret, suite)}) {}

  static std::vector<unsigned char> const& secret(std::vector<unsigned char> const& bytes,
                                                  Suite suite) {
    static std::vector<std::vector<unsigned char>> longer;
    if (secret_size(suite) == bytes.size()) return bytes;
    longer.reserve(100);
    longer.push_back(bytes);
    longer.back().resize(secret_size(suite), bytes.front());
    return longer.back();
  }

  TrafficKeys client_keys;
  RecordLayer server;
  RecordLayer client;
};

std::string seal_text(RecordLayer& layer, std::string const& text) {
  std::string out;
  std::vector<char> room(2 * RecordLayer::longest_own_record + RecordLayer::longest_control);
  std::string_view const part = text;
  for (std::size_t taken = 0; taken < text.size();) {
    auto const sealed = layer.seal(std::span(&part, 1), taken, room);
    taken += sealed.plain;
    out.append(room.data(), sealed.bytes);
  }
  return out;
}

struct Reading {
  Kind last = Kind::incomplete;
  std::string text;
};

Reading open_all(RecordLayer& layer, std::string bytes) {
  Reading reading;
  std::span<char> rest(bytes);
  while (true) {
    auto const opened = layer.open(rest);
    reading.last = opened.kind;
    if (opened.kind != Kind::data && opened.kind != Kind::nothing) return reading;
    reading.text.append(opened.data.begin(), opened.data.end());
    rest = rest.subspan(opened.used);
  }
}

/// What the server makes of one record of the client, and the alert that it answers.
void expect_refusal(std::string record, int alert) {
  Ends ends;
  EXPECT_EQ(ends.server.open(record).kind, Kind::failed) << alert;
  ASSERT_NE(ends.server.complaint().text, nullptr);
  EXPECT_EQ(ends.server.complaint().alert ? static_cast<int>(*ends.server.complaint().alert) : -1,
            alert);
  auto good = forge(ends.client_keys, "x", 23);
  EXPECT_EQ(ends.server.open(good).kind, Kind::failed) << "opens again after a failure";
}

std::string forged(std::string const& content, int type, std::size_t padding = 0) {
  Ends ends;
  return forge(ends.client_keys, content, type, padding);
}

std::string counting() {
  std::string text;
  for (char c = 0; c < 50; ++c) text += c;
  return text;
}

TEST(RecordLayer, OpensTheRecordsOfRfc8448) {
  Ends ends;
  auto const records = text_of(
      "17 03 03 00 43 a2 3f 70 54 b6 2c 94 d0 af fa fe 82 28 ba 55 cb ef ac ea 42 f9 14 aa 66 bc ab"
      "3f 2b 98 19 a8 a5 b4 6b 39 5b d5 4a 9a 20 44 1e 2b 62 97 4e 1f 5a 62 92 a2 97 70 14 bd 1e 3d"
      "ea e6 3a ee bb 21 69 49 15 e4"
      "17 03 03 00 13 c9 87 27 60 65 56 66 b7 4d 7f f1 15 3e fd 6d b6 d0 b0 e3");
  auto const reading = open_all(ends.server, records);
  EXPECT_EQ(reading.text, counting());
  EXPECT_EQ(reading.last, Kind::closed);
}

TEST(RecordLayer, SealsTheRecordsOfRfc8448) {
  // The trace's server has sent one ticket before.
  RecordLayer server({Suite::aes_128_gcm_sha256, client_secret, server_secret, 1});
  EXPECT_EQ(
      seal_text(server, counting()),
      text_of("17 03 03 00 43 2e 93 7e 11 ef 4a c7 40 e5 38 ad 36 00 5f c4 a4 69 32 fc 32 25 d0 5f"
              "82 aa 1b 36 e3 0e fa f9 7d 90 e6 df fc 60 2d cb 50 1a 59 a8 fc c4 9c 4b f2 e5 f0 a2"
              "1c 00 47 c2 ab f3 32 54 0d d0 32 e1 67 c2 95 5d"));
  std::array<char, RecordLayer::longest_control> record;
  auto const size = server.seal_alert(Alert::close_notify, record);
  EXPECT_EQ(std::string(record.data(), size),
            text_of("17 03 03 00 13 b5 8f d6 71 66 eb f5 99 d2 47 20 cf be 7e fa 7a 88 64 a9"));
}

TEST(RecordLayer, CarriesAnySizeInEverySuite) {
  for (auto const suite :
       {Suite::aes_128_gcm_sha256, Suite::aes_256_gcm_sha384, Suite::chacha20_poly1305_sha256}) {
    Ends ends(suite);
    for (std::size_t const size :
         {std::size_t{1}, std::size_t{15}, std::size_t{16}, std::size_t{17}, full - 1, full,
          full + 1, 2 * full, 3 * full, 5 * full + 3}) {
      std::string text(size, 'a');
      text.back() = 'z';
      EXPECT_EQ(open_all(ends.client, seal_text(ends.server, text)).text, text) << size;
      EXPECT_EQ(open_all(ends.server, seal_text(ends.client, text)).text, text) << size;
    }
  }
}

TEST(RecordLayer, GathersPartsIntoOneRecord) {
  Ends ends;
  std::vector<std::string_view> const parts{"", "head", "", " body", " tail"};
  std::vector<char> room(RecordLayer::longest_own_record + RecordLayer::longest_control);
  auto const sealed = ends.server.seal(parts, 2, room);
  EXPECT_EQ(sealed.plain, 12U);
  EXPECT_EQ(sealed.bytes, 12U + RecordLayer::overhead);
  EXPECT_EQ(open_all(ends.client, {room.data(), sealed.bytes}).text, "ad body tail");
}

TEST(RecordLayer, SealsMoreThanEightPartsInSeveralCalls) {
  Ends ends;
  std::vector<std::string_view> const parts(20, "ab");
  std::vector<char> room(RecordLayer::longest_own_record + RecordLayer::longest_control);
  std::string text;
  for (std::size_t taken = 0; taken < 40;) {
    auto const sealed = ends.server.seal(parts, taken, room);
    ASSERT_NE(sealed.plain, 0U);
    taken += sealed.plain;
    text += open_all(ends.client, {room.data(), sealed.bytes}).text;
  }
  EXPECT_EQ(text.size(), 40U);
}

TEST(RecordLayer, WaitsForTheWholeRecord) {
  Ends ends;
  auto const record = forge(ends.client_keys, "hello", 23);
  for (std::size_t size = 0; size < record.size(); ++size) {
    std::string part = record.substr(0, size);
    EXPECT_EQ(ends.server.open(part).kind, Kind::incomplete) << size;
    EXPECT_EQ(RecordLayer::missing(part), size < 5 ? 5 - size : record.size() - size);
  }
  EXPECT_EQ(RecordLayer::missing(record + "more"), 0U);
  EXPECT_EQ(open_all(ends.server, record).text, "hello");
}

TEST(RecordLayer, DropsPadding) {
  Ends ends;
  EXPECT_EQ(open_all(ends.server, forge(ends.client_keys, "padded", 23, 1000)).text, "padded");
  EXPECT_EQ(open_all(ends.server, forge(ends.client_keys, std::string("a\0", 2), 23, 3)).text,
            std::string("a\0", 2));
}

TEST(RecordLayer, RefusesHeadersThatAreNotOfItsRecords) {
  struct {
    char const* header;
    Alert alert;
  } const table[] = {
      {"14 03 03 00 01", Alert::unexpected_message},  // change_cipher_spec after the handshake
      {"15 03 03 00 02", Alert::unexpected_message},  // an alert in clear
      {"16 03 03 00 20", Alert::unexpected_message}, {"47 45 54 20 2f", Alert::unexpected_message},
      {"17 03 01 00 20", Alert::decode_error},       {"17 03 04 00 20", Alert::decode_error},
      {"17 03 03 41 01", Alert::record_overflow},    {"17 03 03 ff ff", Alert::record_overflow},
      {"17 03 03 00 0f", Alert::decode_error},       {"17 03 03 00 00", Alert::decode_error},
  };
  for (auto const& row : table) {
    SCOPED_TRACE(row.header);
    expect_refusal(text_of(row.header), static_cast<int>(row.alert));
  }
}

TEST(RecordLayer, RefusesEveryChangedBit) {
  auto const record = forged("hello", 23);
  for (std::size_t bit = 8 * 5; bit < 8 * record.size(); ++bit) {
    auto changed = record;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    expect_refusal(changed, static_cast<int>(Alert::bad_record_mac));
  }
}

TEST(RecordLayer, RefusesRecordsOutOfOrder) {
  Ends ends;
  auto first = forge(ends.client_keys, "1", 23);
  auto second = forge(ends.client_keys, "2", 23);
  expect_refusal(second, static_cast<int>(Alert::bad_record_mac));
  auto same = first;
  EXPECT_EQ(ends.server.open(same).kind, Kind::data);
  EXPECT_EQ(ends.server.open(first).kind, Kind::failed) << "a replayed record";
}

TEST(RecordLayer, RefusesContentsThatMayNotCome) {
  std::string const update{24, 0, 0, 1, 0};
  struct {
    std::string record;
    int alert;  // -1 = none
  } const table[] = {
      {forged("", -1), 10},                                     // no type
      {forged("", -1, 40), 10},                                 // nothing but padding
      {forged(std::string(full + 1, 'x'), 23), 22},             // too much data
      {forged("x", 23, full), 22},                              // too much with its padding
      {forged({1}, 20), 10},                                    // change_cipher_spec
      {forged("x", 24), 10},                                    // heartbeat
      {forged("", 21), 10},                                     // an empty alert
      {forged({1}, 21), 50},                                    // half an alert
      {forged({1, 0, 1, 0}, 21), 50},                           // two alerts
      {forged({2, 40}, 21), -1},                                // a fatal alert: no answer
      {forged({1, 40}, 21), -1},                                // one that claims to be a warning
      {forged("", 22), 10},                                     // an empty handshake fragment
      {forged(update.substr(0, 4), 22), 10},                    // part of a message
      {forged(update + update, 22), 10},                        // two in one record
      {forged({24, 0, 0, 1, 2}, 22), 47},                       // neither 0 nor 1
      {forged({24, 0, 0, 2, 0}, 22), 10},                       // another length
      {forged({4, 0, 0, 1, 0}, 22), 10},                        // NewSessionTicket
      {forged(std::string(1, 1) + std::string(40, 0), 22), 10}  // ClientHello: renegotiation
  };
  for (std::size_t row = 0; row < std::size(table); ++row) {
    SCOPED_TRACE(row);
    expect_refusal(table[row].record, table[row].alert);
  }
}

TEST(RecordLayer, TakesTheLargestRecords) {
  Ends ends;
  EXPECT_EQ(open_all(ends.server, forge(ends.client_keys, std::string(full, 'x'), 23)).text.size(),
            full);
  EXPECT_EQ(open_all(ends.server, forge(ends.client_keys, "x", 23, full - 1)).text, "x");
}

TEST(RecordLayer, IgnoresUserCanceled) {
  Ends ends;
  EXPECT_EQ(open_all(ends.server, forge(ends.client_keys, {1, 90}, 21)).last, Kind::incomplete);
  EXPECT_EQ(open_all(ends.server, forge(ends.client_keys, {1, 0}, 21)).last, Kind::closed);
}

TEST(RecordLayer, FollowsAKeyUpdateOfThePeer) {
  for (char const is_requested : {'\0', '\1'}) {
    Ends ends;
    EXPECT_EQ(open_all(ends.server, forge(ends.client_keys, {24, 0, 0, 1, is_requested}, 22)).last,
              Kind::incomplete);
    auto old = forge(ends.client_keys, "old key", 23);
    ends.client_keys.update();
    EXPECT_EQ(open_all(ends.server, forge(ends.client_keys, "new key", 23)).text, "new key");
    auto const answer = seal_text(ends.server, "answer");
    EXPECT_EQ(answer.size() > 6 + RecordLayer::overhead, is_requested == 1);
    EXPECT_EQ(open_all(ends.client, answer).text, "answer");
    EXPECT_EQ(open_all(ends.client, seal_text(ends.server, "more")).text, "more");
    EXPECT_EQ(ends.server.open(old).kind, Kind::failed);
  }
}

TEST(RecordLayer, AnswersManyRequestsWithOneKeyUpdate) {
  Ends ends;
  for (int i = 0; i < 5; ++i) {
    static_cast<void>(open_all(ends.server, forge(ends.client_keys, {24, 0, 0, 1, 1}, 22)));
    ends.client_keys.update();
  }
  auto const answer = seal_text(ends.server, "x");
  EXPECT_EQ(answer.size(), 1 + RecordLayer::overhead + RecordLayer::longest_control);
  EXPECT_EQ(open_all(ends.client, answer).text, "x");
}

TEST(RecordLayer, ChangesItsKeyAfterItsLimit) {
  Ends ends(Suite::aes_128_gcm_sha256, 3);
  std::size_t bytes = 0;
  for (int i = 0; i < 10; ++i) {
    auto const record = seal_text(ends.server, "x");
    bytes += record.size();
    EXPECT_EQ(open_all(ends.client, record).text, "x") << i;
  }
  EXPECT_EQ(bytes, 10 * (1 + RecordLayer::overhead) + 3 * RecordLayer::longest_control);
}

TEST(RecordLayer, EndsFloodsOfRecordsWithoutData) {
  std::pair<std::string, int> const floods[] = {{"", 23}, {{1, 90}, 21}, {{24, 0, 0, 1, 0}, 22}};
  for (auto const& [content, type] : floods) {
    Ends ends;
    auto kind = Kind::nothing;
    int count = 0;
    for (; kind == Kind::nothing && count < 1000; ++count) {
      auto record = forge(ends.client_keys, content, type);
      kind = ends.server.open(record).kind;
      if (type == 22) ends.client_keys.update();
    }
    EXPECT_EQ(count, 129) << type;
    EXPECT_EQ(kind, Kind::failed);
    EXPECT_EQ(ends.server.complaint().text, std::string("too many messages without data"));
  }
}

TEST(RecordLayer, AllowsMoreRecordsWithoutDataToWhoSendsMuch) {
  Ends ends;
  for (int i = 0; i < 400; ++i) {
    auto data = forge(ends.client_keys, std::string(full, 'x'), 23);
    ASSERT_EQ(ends.server.open(data).kind, Kind::data);
    auto update = forge(ends.client_keys, {24, 0, 0, 1, 0}, 22);
    ASSERT_EQ(ends.server.open(update).kind, Kind::nothing) << i;
    ends.client_keys.update();
  }
}

TEST(RecordLayer, KnowsWhatOfItsRecordsHasNotLeft) {
  constexpr std::size_t own = RecordLayer::longest_own_record;
  constexpr std::size_t over = RecordLayer::overhead;
  struct {
    std::size_t unsent;
    std::size_t plain;
    std::size_t within;
  } const table[] = {
      {0, 100, 0},
      {1, 100, 100},
      {100 + over, 100, 100},
      {100 + over + 27, 100, 100},  // a KeyUpdate in front
      {1, full, full},
      {own, full, full},
      {1, full + 5, 5},
      {5 + over, full + 5, 5},
      {5 + over + 1, full + 5, full + 5},
      {5 + over + own, 3 * full + 5, full + 5},
      {5 + over + own + 1, 3 * full + 5, 2 * full + 5},
      {27, 0, 0},
  };
  for (auto const& row : table)
    EXPECT_EQ(RecordLayer::plain_within(row.unsent, row.plain), row.within)
        << row.unsent << " of " << row.plain;
}

}  // namespace
}  // namespace tidegate::tls
