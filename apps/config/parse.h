// YAML text to a tree of nodes; what YAML allows but an experiment does not need is refused.
#pragma once

#include <filesystem>
#include <string>

#include "zoo/apps/config/node.h"

namespace zoo {

/// Reads a file. Refused, each with its position: syntax errors, duplicate keys, anchors, aliases,
/// merge keys, tags, keys that are not text, a second document, text that is not UTF-8.
/// `Kind::kFaulty` if nothing could be read.
ConfigNode parse_config_file(const std::filesystem::path& path, ProblemList& problems);

/// The same for text that is already in memory; `source` is the name for messages.
ConfigNode parse_config_text(const std::string& text, const std::string& source,
                             ProblemList& problems);

/// The value of an override: YAML if it starts with one of [ { " ', otherwise the text as it is.
ConfigNode parse_override_value(const std::string& value, const Origin& origin,
                                ProblemList& problems);

}  // namespace zoo
