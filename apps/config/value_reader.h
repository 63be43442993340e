// Strict reading of single values; nothing is returned after adding a problem.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "zoo/apps/config/node.h"

namespace zoo {

std::optional<bool> read_truth(const ConfigNode& node, const std::string& name,
                               ProblemList& problems);
std::optional<int64_t> read_integer(const ConfigNode& node, const std::string& name,
                                    ProblemList& problems);
std::optional<double> read_number(const ConfigNode& node, const std::string& name,
                                  ProblemList& problems);
std::optional<std::string> read_text(const ConfigNode& node, const std::string& name,
                                     ProblemList& problems);

/// Adds "<name> must be <wanted>, got …<advice>", unless the node is reported already.
void add_wrong_value(const ConfigNode& node, const std::string& name, const std::string& wanted,
                     const std::string& advice, ProblemList& problems);

}  // namespace zoo
