#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tidegate::http {

/// Field names that the gateway itself looks at. Found once, while parsing; compared as a byte ever
/// after.
enum class FieldId : std::uint8_t {
  other,
  authorization,
  connection,
  content_length,
  content_type,
  cookie,
  date,
  expect,
  forwarded,
  grpc_status,
  host,
  http2_settings,
  keep_alive,
  origin,
  proxy_connection,
  server,
  te,
  trailer,
  transfer_encoding,
  upgrade,
  user_agent,
  x_envoy,  ///< any name that begins with `x-envoy-`
  x_forwarded_client_cert,
  x_forwarded_for,
  x_forwarded_host,
  x_forwarded_proto,
  x_request_id,
};

/// The id of `name`, in any case of letters.
[[nodiscard]] FieldId identify(std::string_view name);

/// ASCII letters compared without case, as field names are (RFC 9110 §5.1).
[[nodiscard]] bool iequals(std::string_view a, std::string_view b);

struct Field {
  std::string_view name;   ///< as received: the case is kept towards HTTP/1 peers
  std::string_view value;  ///< without surrounding blanks
  FieldId id = FieldId::other;
};

/// Header or trailer fields in the order received. Views: who owns the bytes (an arena, a read
/// buffer, a literal) must outlive it. `clear()` keeps the capacity, so a recycled object does not
/// allocate.
class Headers {
 public:
  void add(std::string_view name, std::string_view value) {
    fields_.push_back({name, value, identify(name)});
  }
  void add(Field field) { fields_.push_back(field); }
  /// Replaces the first field of this name and drops the others; adds it where there was none.
  void set(std::string_view name, std::string_view value);
  void remove(FieldId id);
  void remove(std::string_view name);
  void clear() { fields_.clear(); }

  /// The first value with this name; nothing if there is none.
  [[nodiscard]] std::optional<std::string_view> find(FieldId id) const;
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] std::size_t count(FieldId id) const;

  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }
  [[nodiscard]] auto begin() { return fields_.begin(); }
  [[nodiscard]] auto end() { return fields_.end(); }
  [[nodiscard]] std::size_t size() const { return fields_.size(); }
  [[nodiscard]] bool empty() const { return fields_.empty(); }
  /// Drops every field for which `predicate(Field const&)` holds, keeping the order of the rest.
  template <class Predicate>
  void remove_if(Predicate predicate) {
    std::erase_if(fields_, predicate);
  }

 private:
  std::vector<Field> fields_;
};

}  // namespace tidegate::http
