#include "tls/ticket_keys.h"

#include <openssl/rand.h>

#include <cstdio>
#include <cstdlib>

namespace tidegate::tls {

TicketKeys TicketKeys::generate() {
  TicketKeys keys;
  if (RAND_priv_bytes(keys.bytes.data(), static_cast<int>(keys.bytes.size())) != 1) {
    std::fputs("no randomness for the keys of session tickets\n", stderr);
    std::abort();
  }
  return keys;
}

}  // namespace tidegate::tls
