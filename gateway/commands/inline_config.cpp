#include "gateway/commands/inline_config.h"

#include <system_error>

#include "gateway/io/socket.h"
#include "tls/self_signed.h"

namespace tidegate::gateway {

std::string indented(std::string_view text, int blanks) {
  std::string out;
  while (!text.empty()) {
    auto const end = text.find('\n');
    out.append(static_cast<std::size_t>(blanks), ' ').append(text.substr(0, end)).append("\n");
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

std::string self_signed_secret(std::string_view name, std::string_view name_space,
                               std::string& certificate) {
  constexpr std::chrono::hours month{30 * 24};
  auto const made =
      tls::make_self_signed({"localhost", "api.freedeepresearch.org", "127.0.0.1", "::1"}, month);
  certificate = made.certificate;
  return "---\napiVersion: v1\nkind: Secret\nmetadata: {name: " + std::string(name) +
         ", namespace: " + std::string(name_space) +
         "}\ntype: kubernetes.io/tls\nstringData:\n  tls.crt: |\n" + indented(made.certificate, 4) +
         "  tls.key: |\n" + indented(made.key, 4);
}

std::uint16_t free_port(std::uint16_t wanted) {
  try {
    check_bindable(*SocketAddress::parse("127.0.0.1", wanted));
    return wanted;
  } catch (std::system_error const&) {
    auto const any = listen_on(*SocketAddress::parse("127.0.0.1", 0));
    return SocketAddress::local_of(any.fd()).port();
  }
}

}  // namespace tidegate::gateway
