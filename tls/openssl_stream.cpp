#include "tls/openssl_stream.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "tls/flood.h"
#include "tls/record_stream.h"

namespace tidegate::tls {
namespace {

using Status = Session::Status;
using Moved = Connection::Moved;

constexpr int failure = -1;

/// The bytes of one record: `parts` that begin with a long one give it alone, short ones share the
/// record, so that a head and its body leave in one packet and the peer decrypts once.
class FirstRecord {
 public:
  [[nodiscard]] std::string_view of(std::span<std::string_view const> parts) {
    std::size_t size = 0;
    for (auto const part : parts) {
      if (size == 0 && part.size() >= bytes_.size()) return part;
      auto const taken = std::min(part.size(), bytes_.size() - size);
      std::copy_n(part.begin(), taken, bytes_.begin() + static_cast<std::ptrdiff_t>(size));
      size += taken;
    }
    return {bytes_.data(), size};
  }

 private:
  std::array<char, RecordLayer::longest_plaintext> bytes_;
};

}  // namespace

OpensslStream::OpensslStream(SslPtr ssl, Connection& connection)
    : connection_(connection), ssl_(std::move(ssl)) {
  SSL_set_app_data(ssl_.get(), &connection);
  BIO* const bio = BIO_new(socket_method());
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  if (SSL_is_server(ssl_.get()) == 0) return;
  takeover_ = std::make_unique<Takeover>();
  takeover_->watch(ssl_.get());
}

/// OpenSSL takes a connection that ended without close_notify for a reason not to resume its
/// session, which the store and other connections share.
OpensslStream::~OpensslStream() {
  if (connection_.client) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

/// Receives from and sends to the socket directly: each record one system call, none that would
/// find nothing.
BIO_METHOD const* OpensslStream::socket_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (made == nullptr) std::abort();
    BIO_meth_set_read_ex(made, receive);
    BIO_meth_set_write_ex(made, transmit);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  return method;
}

int OpensslStream::receive(BIO* bio, char* to, std::size_t size, std::size_t* received) {
  auto& stream = *static_cast<OpensslStream*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (stream.connection_.is_flooded) return failure;
  auto const [moved, bytes] = stream.receive(to, size);
  *received = bytes;
  if (moved == Moved::some) return 1;
  if (moved == Moved::ended) return 0;
  if (moved == Moved::none) BIO_set_retry_read(bio);
  return failure;
}

int OpensslStream::transmit(BIO* bio, char const* from, std::size_t size, std::size_t* sent) {
  auto& connection = static_cast<OpensslStream*>(BIO_get_data(bio))->connection_;
  BIO_clear_retry_flags(bio);
  auto const [moved, bytes] = connection.transmit(from, size);
  *sent = bytes;
  if (moved == Moved::some) return 1;
  if (moved == Moved::none) BIO_set_retry_write(bio);
  return failure;
}

long OpensslStream::control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF)
    return static_cast<OpensslStream*>(BIO_get_data(bio))->connection_.is_at_end;
  return 0;
}

/// During the handshake OpenSSL asks for one header and one message at a time. What lies behind
/// waits here, where our record layer finds it, and not inside OpenSSL.
Connection::Transfer OpensslStream::receive(char* to, std::size_t size) {
  if (early_.empty()) {
    std::array<char, 4096> bytes;
    if (!takeover_ || size >= bytes.size()) return connection_.receive(to, size);
    auto const [moved, count] = connection_.receive(bytes.data(), bytes.size());
    if (moved != Moved::some) return {moved};
    early_.assign(std::span(bytes).first(count), count);
  }
  auto const count = std::min(size, early_.size());
  std::copy_n(early_.bytes().begin(), count, to);
  early_.drop_front(count);
  return {Moved::some, count};
}

Session::Result OpensslStream::handshake() {
  if (connection_.end) return {*connection_.end};
  resume_reading();
  int const result = SSL_do_handshake(ssl_.get());
  if (result != 1) return {stopped_reading(result)};
  connection_.protocol = SSL_get_version(ssl_.get());
  connection_.cipher = SSL_get_cipher_name(ssl_.get());
  connection_.is_resumed = SSL_session_reused(ssl_.get()) == 1;
  if (connection_.client)
    note_agreed_protocol();
  else if (X509* const peer = SSL_get0_peer_certificate(ssl_.get()))
    connection_.peer = std::make_unique<PeerCertificate const>(PeerCertificate::of(peer));
  return {Status::done};
}

/// In the server's role it is we who choose.
void OpensslStream::note_agreed_protocol() {
  unsigned char const* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  connection_.alpn = {reinterpret_cast<char const*>(name), size};
}

std::unique_ptr<RecordStream> OpensslStream::hand_over(std::uint64_t records_per_key) {
  if (connection_.is_established) return nullptr;
  std::unique_ptr<RecordStream> records;
  auto start = takeover_ ? takeover_->start(ssl_.get()) : std::nullopt;
  if (start && connection_.system_error == 0) {
    start->records_per_key = records_per_key;
    records = std::make_unique<RecordStream>(*start, connection_, early_);
  }
  Takeover::ignore(ssl_.get());
  takeover_.reset();
  if (!records) {
    connection_.is_established = true;
    SSL_set_read_ahead(ssl_.get(), 1);
  }
  return records;
}

Session::Result OpensslStream::read(char* to, std::size_t size) {
  if (connection_.end) return {*connection_.end};
  resume_reading();
  std::size_t bytes = 0;
  do {
    std::size_t count = 0;
    int const result = SSL_read_ex(ssl_.get(), to + bytes, size - bytes, &count);
    if (result != 1) {
      Status const status = stopped_reading(result);
      if (bytes == 0) return {status};
      break;  // first what came before; the next call answers the rest
    }
    bytes += count;
    connection_.bytes_read += count;
    connection_.trusts_drained = true;  // the rest is only what OpenSSL has buffered
  } while (bytes < size && SSL_has_pending(ssl_.get()) != 0);
  return {Status::done, bytes};
}

Session::Result OpensslStream::write(std::span<std::string_view const> parts) {
  if (connection_.is_broken) return {connection_.end.value_or(Status::closed)};
  resume_writing();
  FirstRecord record;
  return write(record.of(parts));
}

Session::Result OpensslStream::write(std::string_view bytes) {
  std::size_t written = 0;
  while (written < bytes.size()) {
    std::size_t count = 0;
    auto const rest = bytes.substr(written);
    int const result = SSL_write_ex(ssl_.get(), rest.data(), rest.size(), &count);
    if (result != 1) {
      Status const status = explain(result);
      if (written == 0) return {status};
      break;
    }
    written += count;
  }
  return {Status::done, written};
}

void OpensslStream::close() {
  if (connection_.is_broken || !connection_.is_established) return;
  connection_.is_broken = true;
  resume_writing();
  SSL_shutdown(ssl_.get());
  clear_errors();
}

bool OpensslStream::is_drained() const {
  if (connection_.end || !early_.empty()) return false;
  return wants_read_ || (connection_.is_drained && SSL_has_pending(ssl_.get()) == 0);
}

/// Something may have come since the last read. What ends in `want_read` has asked the socket.
void OpensslStream::resume_reading() {
  connection_.is_drained = false;
  connection_.trusts_drained = false;
  wants_read_ = false;
  resume_writing();
}

void OpensslStream::resume_writing() {
  clear_errors();
  connection_.is_full = false;
}

/// Why the last call of OpenSSL, which returned `result` ≤ 0, did not succeed.
Status OpensslStream::explain(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ: return Status::want_read;
    case SSL_ERROR_WANT_WRITE: return Status::want_write;
    case SSL_ERROR_ZERO_RETURN: return hear_end();
    default: return break_off();
  }
}

Status OpensslStream::hear_end() {
  if (!connection_.is_established) connection_.fail("closed by the peer");
  connection_.end = Status::closed;
  return Status::closed;
}

Status OpensslStream::stopped_reading(int result) {
  Status const status = explain(result);
  wants_read_ = status == Status::want_read;
  return status;
}

Status OpensslStream::break_off() {
  std::string reason = take_error();
  if (!connection_.error.empty()) return connection_.fail(std::move(connection_.error));
  if (connection_.is_flooded) return connection_.fail(flood_complaint);
  if (connection_.system_error != 0) return connection_.fail_by_system();
  if (!connection_.is_at_end) return connection_.fail(std::move(reason));
  connection_.fail("closed by the peer");
  return hear_end();
}

void OpensslStream::limit_control_messages(SSL const* ssl, int where, int) {
  auto& connection = Connection::of(ssl);
  if (!connection.is_established) return;
  bool const is_message = (where & SSL_CB_LOOP) != 0 && SSL_get_state(ssl) != TLS_ST_OK;
  if (!is_message && (where & SSL_CB_ALERT) == 0) return;
  connection.is_flooded = is_flood(++connection.control_events, connection.bytes_read);
}

}  // namespace tidegate::tls
