#include "tls/takeover.h"

#include <openssl/crypto.h>

#include <span>
#include <string_view>

#include "tls/traffic_keys.h"

namespace tidegate::tls {
namespace {

int index_of_takeover() {
  static int const index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

constexpr unsigned not_hex = 16;

constexpr std::array<unsigned char, 256> make_hex_digits() {
  std::array<unsigned char, 256> digits{};
  for (auto& digit : digits) digit = not_hex;
  for (unsigned i = 0; i < 10; ++i) digits['0' + i] = static_cast<unsigned char>(i);
  for (unsigned i = 0; i < 6; ++i)
    digits['a' + i] = digits['A' + i] = static_cast<unsigned char>(10 + i);
  return digits;
}

unsigned hex_digit(char c) {
  static constexpr auto digits = make_hex_digits();
  return digits[static_cast<unsigned char>(c)];
}

/// How many bytes are at `to`; 0 when it is not hex or too long.
std::size_t decode_hex(std::string_view hex, std::span<unsigned char> to) {
  if (hex.size() % 2 != 0 || hex.size() / 2 > to.size()) return 0;
  for (std::size_t i = 0; i < hex.size() / 2; ++i) {
    unsigned const high = hex_digit(hex[2 * i]);
    unsigned const low = hex_digit(hex[2 * i + 1]);
    if (high == not_hex || low == not_hex) return 0;
    to[i] = static_cast<unsigned char>(high << 4U | low);
  }
  return hex.size() / 2;
}

std::string_view take_word(std::string_view& line) {
  auto const word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size() == line.size() ? word.size() : word.size() + 1);
  return word;
}

bool is_random_of(SSL const* ssl, std::string_view hex) {
  std::array<unsigned char, SSL3_RANDOM_SIZE> expected{};
  std::array<unsigned char, SSL3_RANDOM_SIZE> found{};
  return SSL_get_client_random(ssl, expected.data(), expected.size()) == expected.size() &&
         decode_hex(hex, found) == found.size() && found == expected;
}

}  // namespace

Takeover::~Takeover() {
  OPENSSL_cleanse(client_.bytes.data(), client_.bytes.size());
  OPENSSL_cleanse(server_.bytes.data(), server_.bytes.size());
}

void Takeover::watch(SSL* ssl) {
  if (SSL_set_ex_data(ssl, index_of_takeover(), this) != 1) return;  // then it sees nothing
  SSL_set_msg_callback(ssl, note_message);
  SSL_set_msg_callback_arg(ssl, this);
}

void Takeover::ignore(SSL* ssl) {
  SSL_set_ex_data(ssl, index_of_takeover(), nullptr);
  SSL_set_msg_callback(ssl, nullptr);
}

std::optional<RecordLayer::Start> Takeover::start(SSL* ssl) const {
  if (SSL_version(ssl) != TLS1_3_VERSION) return std::nullopt;
  auto const suite = suite_of(SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl)));
  if (!suite) return std::nullopt;
  bool const has_secrets =
      client_.size == secret_size(*suite) && server_.size == secret_size(*suite);
  bool const is_at_boundary = has_sent_finished_ && has_read_finished_ && records_read_ == 0 &&
                              SSL_has_pending(ssl) == 0 && SSL_get_read_ahead(ssl) == 0;
  if (!has_secrets || !is_at_boundary) return std::nullopt;
  return RecordLayer::Start{.suite = *suite,
                            .client_secret = {client_.bytes.data(), client_.size},
                            .server_secret = {server_.bytes.data(), server_.size},
                            .records_sent = records_sent_};
}

/// A line is `LABEL CLIENT_RANDOM SECRET`, the latter two in hex.
void Takeover::note_secret(SSL const* ssl, char const* line) {
  auto* const takeover = static_cast<Takeover*>(SSL_get_ex_data(ssl, index_of_takeover()));
  if (takeover == nullptr) return;
  std::string_view rest = line;
  auto const label = take_word(rest);
  Secret* const secret = label == "CLIENT_TRAFFIC_SECRET_0"   ? &takeover->client_
                         : label == "SERVER_TRAFFIC_SECRET_0" ? &takeover->server_
                                                              : nullptr;
  if (secret == nullptr || !is_random_of(ssl, take_word(rest))) return;
  secret->size = decode_hex(rest, secret->bytes);
}

/// OpenSSL reports the header of every record, and every message whole, behind the header of its
/// record. Either side changes to the application's keys right behind its Finished.
// NOLINTNEXTLINE(readability-function-size): OpenSSL's signature
void Takeover::note_message(int is_ours, int /*version*/, int type, void const* bytes,
                            std::size_t size, SSL* /*ssl*/, void* takeover) {
  auto& notes = *static_cast<Takeover*>(takeover);
  bool& has_finished = is_ours != 0 ? notes.has_sent_finished_ : notes.has_read_finished_;
  if (type == SSL3_RT_HEADER && has_finished)
    ++(is_ours != 0 ? notes.records_sent_ : notes.records_read_);
  if (type == SSL3_RT_HANDSHAKE && size != 0 &&
      *static_cast<unsigned char const*>(bytes) == SSL3_MT_FINISHED)
    has_finished = true;
}

}  // namespace tidegate::tls
