#include "routing/header_format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "config/names.h"
#include "config/scalars.h"
#include "routing/request_field.h"

namespace tidegate::routing {

namespace {

using Operator = HeaderFormat::Operator;

struct Known {
  std::string_view name;
  Operator what;
};

constexpr Known operators[] = {
    {"DOWNSTREAM_REMOTE_ADDRESS", Operator::remote_address},
    {"DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", Operator::remote_ip},
    {"DOWNSTREAM_LOCAL_ADDRESS", Operator::local_address},
    {"PROTOCOL", Operator::protocol},
    {"REQUESTED_SERVER_NAME", Operator::server_name},
    {"UPSTREAM_HOST", Operator::upstream_host},
    {"RESPONSE_CODE", Operator::response_code},
    {"START_TIME", Operator::start_time},
    {"HOSTNAME", Operator::host_name},
    {"ROUTE_NAME", Operator::route_name},
};

/// Takes `:LEN` off the end.
bool take_limit(std::string_view& inside, std::size_t& longest) {
  auto const close = inside.rfind(')');
  if (close == std::string_view::npos || close + 1 == inside.size()) return true;
  auto const digits = inside.substr(close + 1);
  auto const* const end = digits.data() + digits.size();
  if (digits.front() != ':') return false;
  auto const [stop, error] = std::from_chars(digits.data() + 1, end, longest);
  inside = inside.substr(0, close + 1);
  return error == std::errc{} && stop == end;
}

std::string_view protocol_of(http::Version version) {
  switch (version) {
    case http::Version::http10: return "HTTP/1.0";
    case http::Version::http11: return "HTTP/1.1";
    case http::Version::http2: return "HTTP/2";
  }
  return {};
}

std::string_view request_header(http::RequestHead const& request, std::string_view name) {
  if (auto const pseudo = pseudo_header(request, name)) return *pseudo;
  return request.headers.find(name).value_or("");
}

std::string_view response_header(http::ResponseHead const* response, std::string_view name) {
  return response != nullptr ? response->headers.find(name).value_or("") : "";
}

/// `2026-11-25T23:54:17.123Z`, as Envoy writes it.
std::string_view time_text(std::chrono::system_clock::time_point when, http::Arena& arena) {
  using namespace std::chrono;
  auto const day = floor<days>(when);
  year_month_day const date(day);
  hh_mm_ss const time(floor<milliseconds>(when - day));
  std::array<char, 40> text;
  int const size = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
      static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
      static_cast<int>(time.subseconds().count()));
  return arena.copy({text.data(), static_cast<std::size_t>(std::max(size, 0))});
}

}  // namespace

HeaderFormat::HeaderFormat(std::string_view text, std::vector<std::string>& unknown) {
  while (!text.empty()) {
    auto const begin = text.find('%');
    add_literal(text.substr(0, begin));
    if (begin == std::string_view::npos) return;
    text.remove_prefix(begin);
    auto const end = text.find('%', 1);
    if (end == 1) {
      add_literal("%");
      text.remove_prefix(2);
      continue;
    }
    Part part;
    bool const is_closed = end != std::string_view::npos;
    if (is_closed && parse(text.substr(1, end - 1), part)) {
      parts_.push_back(std::move(part));
      text.remove_prefix(end + 1);
      continue;
    }
    auto const written = is_closed ? text.substr(0, end + 1) : text;
    unknown.emplace_back(written);
    add_literal(written);
    text.remove_prefix(written.size());
  }
}

void HeaderFormat::add_literal(std::string_view text) {
  if (text.empty()) return;
  if (parts_.empty() || parts_.back().what != Operator::literal) parts_.emplace_back();
  parts_.back().text += text;
}

/// `inside` stands between the percent signs.
bool HeaderFormat::parse(std::string_view inside, Part& part) {
  for (Known const& known : operators) {
    if (known.name != inside) continue;
    part.what = known.what;
    return true;
  }
  bool const is_request = inside.starts_with("REQ(");
  if (!is_request && !inside.starts_with("RESP(")) return false;
  if (!take_limit(inside, part.longest) || !inside.ends_with(')')) return false;
  part.what = is_request ? Operator::request_header : Operator::response_header;
  inside.remove_prefix(is_request ? 4 : 5);
  inside.remove_suffix(1);
  auto const mark = inside.find('?');
  part.text = config::to_lower(inside.substr(0, mark));
  if (mark != std::string_view::npos) part.alternative = config::to_lower(inside.substr(mark + 1));
  return !part.text.empty();
}

std::string_view HeaderFormat::value_of(Part const& part, HeaderFacts const& facts,
                                        http::Arena& arena) {
  switch (part.what) {
    case Operator::literal: return part.text;
    case Operator::remote_address: return facts.remote_address;
    case Operator::remote_ip: return facts.remote_ip;
    case Operator::local_address: return facts.local_address;
    case Operator::request_header: {
      auto const value = request_header(facts.request, part.text);
      return value.empty() ? request_header(facts.request, part.alternative) : value;
    }
    case Operator::response_header: {
      auto const value = response_header(facts.response, part.text);
      return value.empty() ? response_header(facts.response, part.alternative) : value;
    }
    case Operator::protocol: return protocol_of(facts.request.version);
    case Operator::server_name: return facts.server_name;
    case Operator::upstream_host: return facts.upstream_host;
    case Operator::response_code:
      if (facts.response == nullptr) return {};
      return arena.copy(std::to_string(facts.response->status));
    case Operator::start_time: return time_text(facts.start, arena);
    case Operator::host_name: return facts.host_name;
    case Operator::route_name: return facts.route_name;
  }
  return {};
}

bool HeaderFormat::is_literal() const {
  return parts_.empty() || (parts_.size() == 1 && parts_.front().what == Operator::literal);
}

std::string_view HeaderFormat::value(HeaderFacts const& facts, http::Arena& arena) const {
  std::string_view whole;
  for (Part const& part : parts_) {
    auto const piece = value_of(part, facts, arena).substr(0, part.longest);
    whole = whole.empty() ? piece : arena.concat({whole, piece});
  }
  return config::is_header_value(whole) ? whole : std::string_view();
}

}  // namespace tidegate::routing
