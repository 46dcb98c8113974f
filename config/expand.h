#pragma once

#include <optional>
#include <string>

namespace tidegate::config {

class Value;

/// A scalar's text with `${env:NAME}` and `${file:PATH}` replaced (a file's last line break is
/// dropped). What comes in is not expanded again. Absent after an error has been reported; messages
/// name the reference, never what it holds.
[[nodiscard]] std::optional<std::string> expand(Value const& value);

}  // namespace tidegate::config
