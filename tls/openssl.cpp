#include "tls/openssl.h"

#include <openssl/err.h>

#include <new>

namespace tidegate::tls {

BioPtr reader(std::string_view text) {
  BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!bio) throw std::bad_alloc();
  return bio;
}

std::string text_of(BIO* memory) {
  char* text = nullptr;
  long const size = BIO_get_mem_data(memory, &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string take_error() {
  unsigned long const code = ERR_get_error();
  char const* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string text = reason == nullptr ? "unknown error" : reason;
  clear_errors();
  return text;
}

void clear_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

}  // namespace tidegate::tls
