#include "config/load.h"

#include <unistd.h>

#include <deque>
#include <exception>
#include <utility>

#include "config/document.h"
#include "config/environment.h"
#include "config/file.h"
#include "config/layers.h"
#include "config/node.h"
#include "config/resources.h"
#include "config/settings_reader.h"
#include "config/value.h"

namespace tidegate::config {
namespace {

/// Gathers documents in the order given; settings are decoded last, when all layers are merged.
class Loader {
 public:
  explicit Loader(Context& context) : context_(context), settings_(1) {
    settings_.front().kind = Node::Kind::map;  // no document: no settings
  }

  void add_path(std::string const& path, std::string const& environment) {
    for (std::string const& file : files_of(path, environment, context_.diagnostics)) {
      auto const [text, problem] = read_file(file, document_limits::file_bytes, FileKind::any);
      if (problem.empty()) {
        add_text(file, text);
      } else {
        context_.diagnostics.error({file, 0, 0}, "", problem);
      }
    }
  }

  void add_text(std::string_view file, std::string_view yaml) {
    std::string const& name = names_.emplace_back(file);
    parse_documents(name, yaml, context_.diagnostics,
                    [this](Node root) { add_document(std::move(root)); });
  }

  void add_variables() {
    settings_.push_back(settings_of(context_.variables, names_, context_.diagnostics));
  }

  [[nodiscard]] Documents finish() {
    Documents documents = resources_.take();
    Node const settings = merged(std::move(settings_));
    documents.settings = read_settings(Value(settings, "", context_));
    return documents;
  }

 private:
  void add_document(Node root) {
    Value const document(root, "", context_);
    if (!root.is_map()) {
      document.expected("a mapping: a resource with apiVersion and kind, or settings");
    } else if (ResourceReader::is_resource(root)) {
      resources_.read(document);
    } else {
      settings_.push_back(std::move(root));
    }
  }

  Context& context_;
  std::deque<std::string> names_;  ///< files and variables; nodes point to them
  std::vector<Node> settings_;     ///< layers
  ResourceReader resources_;
};

}  // namespace

Documents load(LoadOptions const& options, Diagnostics& diagnostics) {
  try {
    Context context{diagnostics, options.variables};
    Loader loader(context);
    for (std::string const& path : options.paths) loader.add_path(path, options.environment);
    loader.add_variables();
    return loader.finish();
  } catch (std::exception const& error) {
    diagnostics.error({}, "", std::string("cannot load the configuration: ") + error.what());
    return {};
  }
}

Documents load_text(std::string_view file, std::string_view yaml, Diagnostics& diagnostics) {
  try {
    Context context{diagnostics, {}};
    Loader loader(context);
    loader.add_text(file, yaml);
    return loader.finish();
  } catch (std::exception const& error) {
    diagnostics.error({std::string(file), 0, 0}, "",
                      std::string("cannot load the configuration: ") + error.what());
    return {};
  }
}

std::vector<EnvironmentVariable> process_variables() {
  std::vector<EnvironmentVariable> variables;
  for (char** entry = environ; entry && *entry; ++entry) {
    std::string_view const text(*entry);
    auto const equals = text.find('=');
    if (equals == text.npos) continue;
    variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

}  // namespace tidegate::config
