#include "http/headers.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "http/characters.h"

namespace tidegate::http {
namespace {

struct Known {
  std::string_view name;  // lower case
  FieldId id;
};

// By length: identify() looks at the names of one length only. At most four share one.
constexpr std::array known_fields{
    Known{"te", FieldId::te},
    Known{"host", FieldId::host},
    Known{"date", FieldId::date},
    Known{"cookie", FieldId::cookie},
    Known{"origin", FieldId::origin},
    Known{"expect", FieldId::expect},
    Known{"server", FieldId::server},
    Known{"upgrade", FieldId::upgrade},
    Known{"trailer", FieldId::trailer},
    Known{"forwarded", FieldId::forwarded},
    Known{"user-agent", FieldId::user_agent},
    Known{"connection", FieldId::connection},
    Known{"keep-alive", FieldId::keep_alive},
    Known{"grpc-status", FieldId::grpc_status},
    Known{"content-type", FieldId::content_type},
    Known{"x-request-id", FieldId::x_request_id},
    Known{"authorization", FieldId::authorization},
    Known{"content-length", FieldId::content_length},
    Known{"http2-settings", FieldId::http2_settings},
    Known{"x-forwarded-for", FieldId::x_forwarded_for},
    Known{"proxy-connection", FieldId::proxy_connection},
    Known{"x-forwarded-host", FieldId::x_forwarded_host},
    Known{"transfer-encoding", FieldId::transfer_encoding},
    Known{"x-forwarded-proto", FieldId::x_forwarded_proto},
    Known{"x-forwarded-client-cert", FieldId::x_forwarded_client_cert},
};

constexpr std::size_t longest_name = known_fields.back().name.size();

/// Where in `known_fields` the names of each length begin; one entry more than there are lengths.
constexpr auto first_of_length = [] {
  std::array<std::uint8_t, longest_name + 2> first{};
  std::size_t at = 0;
  for (std::size_t length = 0; length < first.size(); ++length) {
    while (at < known_fields.size() && known_fields[at].name.size() < length) ++at;
    first[length] = static_cast<std::uint8_t>(at);
  }
  return first;
}();

static_assert(std::is_sorted(known_fields.begin(), known_fields.end(),
                             [](auto& a, auto& b) { return a.name.size() < b.name.size(); }));

/// Of the same length; `lower` has no upper-case letter.
bool matches(std::string_view name, std::string_view lower) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (to_lower(name[i]) != lower[i]) return false;
  }
  return true;
}

constexpr std::string_view envoy_prefix = "x-envoy-";

}  // namespace

FieldId identify(std::string_view name) {
  if (name.size() > envoy_prefix.size() &&
      matches(name.substr(0, envoy_prefix.size()), envoy_prefix)) {
    return FieldId::x_envoy;
  }
  if (name.size() > longest_name) return FieldId::other;
  for (std::size_t i = first_of_length[name.size()]; i < first_of_length[name.size() + 1]; ++i) {
    if (matches(name, known_fields[i].name)) return known_fields[i].id;
  }
  return FieldId::other;
}

bool iequals(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return to_lower(x) == to_lower(y);
         });
}

void Headers::set(std::string_view name, std::string_view value) {
  auto const first = std::find_if(fields_.begin(), fields_.end(),
                                  [&](Field const& field) { return iequals(field.name, name); });
  if (first == fields_.end()) return add(name, value);
  auto const rest = std::remove_if(first + 1, fields_.end(),
                                   [&](Field const& field) { return iequals(field.name, name); });
  fields_.erase(rest, fields_.end());
  first->value = value;
}

void Headers::remove(FieldId id) {
  remove_if([id](Field const& field) { return field.id == id; });
}

void Headers::remove(std::string_view name) {
  remove_if([name](Field const& field) { return iequals(field.name, name); });
}

std::optional<std::string_view> Headers::find(FieldId id) const {
  for (Field const& field : fields_) {
    if (field.id == id) return field.value;
  }
  return std::nullopt;
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (Field const& field : fields_) {
    if (iequals(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t Headers::count(FieldId id) const {
  return static_cast<std::size_t>(std::count_if(
      fields_.begin(), fields_.end(), [id](Field const& field) { return field.id == id; }));
}

}  // namespace tidegate::http
