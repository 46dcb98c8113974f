#include "config/layers.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

namespace tidegate::config {
namespace {

namespace fs = std::filesystem;

constexpr int max_folder_depth = 16;
constexpr std::size_t max_files = 10'000;

bool is_yaml(fs::path const& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

/// Walks folders in sorted order. Follows links, as Kubernetes' volumes need, but enters no folder
/// twice.
class FolderWalk {
 public:
  explicit FolderWalk(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  [[nodiscard]] std::vector<std::string> take_files() { return std::move(files_); }

  void add_all(fs::path const& folder) { add(folder, 0, true); }
  void add_subfolders(fs::path const& folder) { add(folder, 0, false); }

 private:
  void add(fs::path const& folder, int depth, bool takes_files) {
    std::error_code error;
    auto const real_folder = fs::canonical(folder, error);
    if (error || depth > max_folder_depth || !entered_.insert(real_folder).second) return;
    for (fs::path const& entry : sorted_entries(folder)) {
      if (fs::is_directory(entry, error)) {
        add(entry, depth + 1, true);
      } else if (takes_files && is_yaml(entry)) {
        add_file(entry);
      }
    }
  }

  std::vector<fs::path> sorted_entries(fs::path const& folder) {
    std::vector<fs::path> entries;
    std::error_code error;
    fs::directory_iterator entry(folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      if (!entry->path().filename().string().starts_with('.')) entries.push_back(entry->path());
    }
    if (error) diagnostics_.error({folder.string(), 0, 0}, "", "cannot read: " + error.message());
    std::sort(entries.begin(), entries.end());
    return entries;
  }

  void add_file(fs::path const& file) {
    if (files_.size() == max_files) {
      diagnostics_.error({file.string(), 0, 0}, "",
                         "more than 10000 files; this is the first "
                         "that is not read");
    }
    if (files_.size() <= max_files) files_.push_back(file.string());
  }

  Diagnostics& diagnostics_;
  std::vector<std::string> files_;
  std::set<fs::path> entered_;
};

constexpr std::string_view default_environment = "development";

std::vector<std::string> layered_files(fs::path const& folder, std::string const& environment,
                                       Diagnostics& diagnostics) {
  std::error_code error;
  std::vector<std::string> files{(folder / "base.yaml").string()};
  fs::path const layer = folder / (environment + ".yaml");
  if (environment.empty() || environment.find('/') != environment.npos) {
    diagnostics.error({folder.string(), 0, 0}, "",
                      "expected a name as the environment; found \"" + environment + '"');
  } else if (environment != "base") {
    if (fs::exists(layer, error)) {
      files.push_back(layer.string());
    } else if (environment == default_environment) {
      diagnostics.notice({layer.string(), 0, 0}, "",
                         "not there: base.yaml stands alone for this environment");
    } else {  // somebody asked for it: base.yaml alone is not what they meant
      diagnostics.error({layer.string(), 0, 0}, "",
                        "no such file, but " + environment + " was named as the environment");
    }
  }
  FolderWalk walk(diagnostics);
  walk.add_subfolders(folder);
  for (std::string& file : walk.take_files()) files.push_back(std::move(file));
  return files;
}

}  // namespace

std::vector<std::string> files_of(std::string const& path, std::string const& environment,
                                  Diagnostics& diagnostics) {
  std::error_code error;
  auto const status = fs::status(path, error);
  if (!fs::exists(status)) {
    bool const is_missing = status.type() == fs::file_type::not_found;
    diagnostics.error({path, 0, 0}, "",
                      is_missing ? "no such file or folder" : "cannot read: " + error.message());
    return {};
  }
  if (!fs::is_directory(status)) return {path};
  if (fs::exists(fs::path(path) / "base.yaml", error)) {
    return layered_files(path, environment, diagnostics);
  }
  FolderWalk walk(diagnostics);
  walk.add_all(path);
  auto files = walk.take_files();
  if (files.empty() && !diagnostics.has_errors()) {
    diagnostics.error({path, 0, 0}, "", "holds no *.yaml file");
  }
  return files;
}

}  // namespace tidegate::config
