#include "config/document.h"

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>
#include <utility>

#include "config/document_builder.h"
#include "config/plain_yaml.h"

namespace tidegate::config {
namespace {

/// One document's text, and how many lines of the file stand before it.
struct Chunk {
  std::string_view text;
  int lines_before = 0;
};

Location location_of(std::string const& file, std::string_view yaml, std::size_t offset) {
  auto const before = yaml.substr(0, offset);
  auto const line = std::count(before.begin(), before.end(), '\n') + 1;
  auto const line_start = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
  return {file, static_cast<int>(line), static_cast<int>(offset - line_start) + 1};
}

/// Bytes of the UTF-8 character at the front (RFC 3629); 0 when it is none.
std::size_t utf8_length(std::string_view text) {
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char const lead = byte(0);
  std::size_t const length = lead < 0x80                   ? 1
                             : lead >= 0xc2 && lead < 0xe0 ? 2
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xf0 && lead < 0xf5 ? 4
                                                           : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  if (lead == 0xe0 && byte(1) < 0xa0) return 0;   // overlong
  if (lead == 0xed && byte(1) >= 0xa0) return 0;  // surrogate
  if (lead == 0xf0 && byte(1) < 0x90) return 0;   // overlong
  if (lead == 0xf4 && byte(1) >= 0x90) return 0;  // above U+10FFFF
  return length;
}

/// Where a byte stands that no YAML text holds. yaml-cpp would guess UTF-16 or go on with garbage.
std::optional<std::size_t> find_bad_byte(std::string_view yaml) {
  for (std::size_t i = 0; i < yaml.size();) {
    auto const c = static_cast<unsigned char>(yaml[i]);
    if (c >= 0x20 && c < 0x80) {
      ++i;
      continue;
    }
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') return i;
    std::size_t const length = utf8_length(yaml.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return std::nullopt;
}

std::size_t count_indicators(std::string_view yaml) {
  std::array<bool, 256> is_indicator{};
  for (char const c : std::string_view("[]{},:?\"'&*!"))
    is_indicator[static_cast<unsigned char>(c)] = true;
  return static_cast<std::size_t>(std::count_if(yaml.begin(), yaml.end(), [&](char c) {
    return is_indicator[static_cast<unsigned char>(c)];
  }));
}

bool is_document_marker(std::string_view line) {
  if (!line.starts_with("---") && !line.starts_with("...")) return false;
  return line.size() == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\r';
}

/// `---` at a line's beginning ends a document even inside quotes and block scalars (YAML 1.2
/// §9.1), so that no parser is needed to find it.
std::vector<Chunk> split(std::string_view yaml) {
  std::vector<Chunk> chunks;
  std::size_t begin = 0;
  int lines_before = 0;
  int line_number = 0;
  for (std::size_t at = 0; at < yaml.size(); ++line_number) {
    auto const newline = yaml.find('\n', at);
    auto const end = newline == yaml.npos ? yaml.size() : newline + 1;
    auto const line = yaml.substr(at, (newline == yaml.npos ? end : newline) - at);
    if (at != begin && is_document_marker(line)) {
      chunks.push_back({yaml.substr(begin, at - begin), lines_before});
      begin = line.starts_with("...") ? at + 3 : at;  // a bare document may follow
      lines_before = line_number;
    }
    at = end;
  }
  chunks.push_back({yaml.substr(begin), lines_before});
  return chunks;
}

bool is_within_limits(std::string const& file, std::string_view yaml, Diagnostics& diagnostics) {
  Location const whole_file{file, 0, 0};
  if (yaml.size() > document_limits::file_bytes) {
    diagnostics.error(whole_file, "", "larger than 16 MiB; split it");
    return false;
  }
  if (auto const at = find_bad_byte(yaml)) {
    diagnostics.error(location_of(file, yaml, *at), "",
                      "not UTF-8 text: a byte that YAML does not allow");
    return false;
  }
  if (count_indicators(yaml) > document_limits::indicators) {
    diagnostics.error(whole_file, "",
                      "more than a million brackets, colons, commas and quotes; split it");
    return false;
  }
  auto const lines = static_cast<std::size_t>(std::count(yaml.begin(), yaml.end(), '\n'));
  if (lines > document_limits::lines) {
    diagnostics.error(whole_file, "", "more than a million lines; split it");
    return false;
  }
  return true;
}

Node parse(Chunk const& chunk, DocumentBuilder& builder) {
  std::istringstream input{std::string(chunk.text)};
  YAML::Parser parser(input);
  if (!parser.HandleNextDocument(builder)) return {};
  Node root = builder.take_root();
  // Only a marker could begin another document, and a chunk has none inside. Asked on and on,
  // yaml-cpp would yield empty documents for ever where it cannot read the next token.
  if (parser.HandleNextDocument(builder)) {
    throw DocumentError(builder.document_start(), "not valid YAML: unexpected text");
  }
  return root;
}

/// The chunk's document; null when it is empty, or has an error.
Node parse(std::string const& file, Chunk const& chunk, NodeBudget& budget,
           Diagnostics& diagnostics) {
  DocumentBuilder builder(file, chunk.lines_before, budget, diagnostics);
  try {
    return parse(chunk, builder);
  } catch (DocumentError const& error) {
    diagnostics.error(error.where(), "", error.what());
  } catch (YAML::Exception const& error) {
    diagnostics.error(builder.location(error.mark), "", "not valid YAML: " + error.msg);
  }
  return {};
}

}  // namespace

void parse_documents(std::string const& file, std::string_view yaml, Diagnostics& diagnostics,
                     std::function<void(Node)> const& take) {
  if (yaml.starts_with("\xef\xbb\xbf")) yaml.remove_prefix(3);
  if (!is_within_limits(file, yaml, diagnostics)) return;
  auto const chunks = split(yaml);
  if (chunks.size() > document_limits::documents) {
    diagnostics.error({file, 0, 0}, "", "more than 10000 documents; split it");
    return;
  }
  NodeBudget budget;
  for (Chunk const& chunk : chunks) {
    auto root = read_plain_yaml(file, chunk.lines_before, chunk.text, budget);
    if (!root) root = parse(file, chunk, budget, diagnostics);
    if (!root->is_null()) take(std::move(*root));
  }
}

std::vector<Node> parse_documents(std::string const& file, std::string_view yaml,
                                  Diagnostics& diagnostics) {
  std::vector<Node> documents;
  parse_documents(file, yaml, diagnostics,
                  [&](Node root) { documents.push_back(std::move(root)); });
  return documents;
}

}  // namespace tidegate::config
