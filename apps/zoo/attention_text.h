// Where a model looked while it wrote, as text.
#pragma once

#include <string>

#include "zoo/models/attention_map/attention_map.h"

namespace zoo {

/// For a terminal of that width, rows and columns with their labels:
///
///     blau  das
///           | Haus
///           | | </s>
///     the   8 2 .
///     house . # .
///
/// A digit says how many tenths a weight is, rounded, "." that it is less than half a one, "#" that
/// it is all. Columns that do not fit come below the others. Empty for a map without values.
std::string attention_text(const AttentionMap& map, int columns);

/// For programs, in one line, of a map with labels or without values: {"text": "the house",
/// "source": ["das", "Haus", "</s>"], "translation": ["the", "house", "</s>"],
/// "weights": [[0.8, 0.2, 0.0], ...]} with a list for each symbol of the translation. The weights
/// have six decimals.
std::string attention_json(const std::string& text, const AttentionMap& map);

}  // namespace zoo
