#include "routing/regex_cache.h"

#include <re2/re2.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>

namespace tidegate::routing {

namespace {

/// Istio: re2.max_program_size.error_level of its gateways.
constexpr int max_regex_program = 32768;

std::shared_ptr<re2::RE2 const> compile_regex(std::string const& text, std::string& error) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto regex = std::make_shared<re2::RE2 const>(text, options);
  if (!regex->ok()) {
    error = "the regular expression does not compile: " + regex->error();
    return nullptr;
  }
  if (regex->ProgramSize() > max_regex_program) {
    error = "the regular expression is too large: its program has " +
            std::to_string(regex->ProgramSize()) + " instructions; at most " +
            std::to_string(max_regex_program) + " are allowed";
    return nullptr;
  }
  return regex;
}

/// Knows the regexes that somebody holds, and keeps none alive itself.
class RegexCache {
 public:
  std::shared_ptr<re2::RE2 const> find(std::string const& text, std::string& error) {
    std::lock_guard const lock(mutex_);
    auto& known = regexes_[text];
    if (auto regex = known.lock()) return regex;
    auto regex = compile_regex(text, error);
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
  std::unordered_map<std::string, std::weak_ptr<re2::RE2 const>> regexes_;
  std::size_t sweep_at_ = smallest_sweep;
};

}  // namespace

std::shared_ptr<re2::RE2 const> shared_regex(std::string const& text, std::string& error) {
  static RegexCache cache;
  return cache.find(text, error);
}

std::string literal_prefix(re2::RE2 const& regex) {
  constexpr int longest = 256;  // no route's path needs more
  std::string least;
  std::string greatest;
  // All matches stand between these two, so all begin with what both begin with.
  if (!regex.PossibleMatchRange(&least, &greatest, longest)) return {};
  auto const common =
      std::mismatch(least.begin(), least.end(), greatest.begin(), greatest.end()).first;
  least.erase(common, least.end());
  return least;
}

}  // namespace tidegate::routing
