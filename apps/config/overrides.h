// `--set trainer.steps=100`: changes to a configuration from the command line.
#pragma once

#include <string>
#include <vector>

#include "zoo/apps/config/node.h"

namespace zoo {

/// Applies "name=value" texts in order, the last one wins. Mappings that are missing are made; a
/// bare choice (`optimizer: sgd`) becomes a mapping when an override goes inside it. A key that
/// holds dots itself ("length_120.wrong_bits") is found if it is already there.
void apply_overrides(ConfigNode& root, const std::vector<std::string>& overrides,
                     ProblemList& problems);

}  // namespace zoo
