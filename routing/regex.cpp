#include "routing/regex.h"

#include <re2/re2.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace tidegate::routing {

namespace {

/// Istio: re2.max_program_size.error_level of its gateways.
constexpr int max_regex_program = 32768;

/// All matches stand between the least and the greatest one, so all begin with what both begin
/// with.
std::string prefix_by_range(re2::RE2 const& regex) {
  constexpr int longest = 256;  // no route's path needs more
  std::string least;
  std::string greatest;
  if (!regex.PossibleMatchRange(&least, &greatest, longest)) return {};
  auto const common =
      std::mismatch(least.begin(), least.end(), greatest.begin(), greatest.end()).first;
  least.erase(common, least.end());
  return least;
}

/// RE2 can tell for every regex, but builds an automaton for the answer. Where nothing in the text
/// can change the meaning of its beginning, reading the beginning is enough.
std::string prefix_of(re2::RE2 const& regex) {
  std::string_view const text = regex.pattern();
  bool const is_plain = text.find('|') == text.npos && text.find("\\Q") == text.npos &&
                        text.find("\\E") == text.npos && !text.starts_with('(');
  if (!is_plain) return prefix_by_range(regex);
  constexpr std::string_view special = "\\.+*?()[]{}^$";
  auto const end = std::find_if(text.begin(), text.end(), [&](char c) {
    return special.find(c) != special.npos || static_cast<unsigned char>(c) >= 0x80;
  });
  std::string prefix(text.begin(), end);
  bool const may_be_absent = end != text.end() && (*end == '*' || *end == '?' || *end == '{');
  if (may_be_absent && !prefix.empty()) prefix.pop_back();
  return prefix;
}

/// Knows the regexes that somebody holds, and keeps none alive itself.
class RegexCache {
 public:
  template <class Compile>
  std::shared_ptr<Regex const> find(std::string const& text, Compile compile) {
    std::lock_guard const lock(mutex_);
    auto& known = regexes_[text];
    if (auto regex = known.lock()) return regex;
    auto regex = compile();
    known = regex;
    if (regexes_.size() >= sweep_at_) sweep();
    return regex;
  }

 private:
  static constexpr std::size_t smallest_sweep = 1024;

  void sweep() {
    std::erase_if(regexes_, [](auto const& entry) { return entry.second.expired(); });
    sweep_at_ = std::max(smallest_sweep, 2 * regexes_.size());
  }

  std::mutex mutex_;
  std::unordered_map<std::string, std::weak_ptr<Regex const>> regexes_;
  std::size_t sweep_at_ = smallest_sweep;
};

}  // namespace

Regex::Regex(std::unique_ptr<re2::RE2 const> compiled)
    : compiled_(std::move(compiled)), literal_prefix_(prefix_of(*compiled_)) {}

Regex::~Regex() = default;

std::shared_ptr<Regex const> Regex::compile(std::string const& text, std::string& error) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto compiled = std::make_unique<re2::RE2 const>(text, options);
  if (!compiled->ok()) {
    error = "the regular expression does not compile: " + compiled->error();
    return nullptr;
  }
  if (compiled->ProgramSize() > max_regex_program) {
    error = "the regular expression is too large: its program has " +
            std::to_string(compiled->ProgramSize()) + " instructions; at most " +
            std::to_string(max_regex_program) + " are allowed";
    return nullptr;
  }
  return std::shared_ptr<Regex const>(new Regex(std::move(compiled)));
}

std::shared_ptr<Regex const> Regex::shared(std::string const& text, std::string& error) {
  static RegexCache cache;
  return cache.find(text, [&] { return compile(text, error); });
}

bool Regex::matches(std::string_view text) const {
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

std::string Regex::replace_all(std::string_view text, std::string const& substitution) const {
  std::string result(text);
  re2::RE2::GlobalReplace(&result, *compiled_, substitution);
  return result;
}

bool Regex::accepts(std::string const& substitution, std::string& error) const {
  return compiled_->CheckRewriteString(substitution, &error);
}

}  // namespace tidegate::routing
