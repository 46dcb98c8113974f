#pragma once

#include <string>
#include <vector>

#include "config/diagnostics.h"

namespace tidegate::config {

/// The files that a `--config PATH` stands for, in the order in which they are read. A folder with
/// base.yaml is layered: base.yaml, `<environment>.yaml`, then everything under its subfolders.
/// Another folder: every *.yaml and *.yml in it and below, sorted. Names that begin with a dot are
/// skipped: Kubernetes mounts ConfigMaps through `..data`, and `.git` is nobody's configuration.
[[nodiscard]] std::vector<std::string> files_of(std::string const& path,
                                                std::string const& environment,
                                                Diagnostics& diagnostics);

}  // namespace tidegate::config
