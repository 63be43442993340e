// The value of an option as a configuration states it.
#pragma once

#include <string>

#include "zoo/models/options/options.h"

namespace zoo {

/// As YAML on one line; of a choice the name of what is chosen, without its options.
std::string field_text(const Field& field);

}  // namespace zoo
