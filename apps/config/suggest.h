// "Did you mean …?"
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zoo {

/// The candidate that `word` most probably was meant to be; empty if none is similar.
///
/// Counts insertions, deletions, substitutions and swaps of neighbours (Damerau-Levenshtein,
/// each letter edited once); letter case and '-' for '_' cost nothing. About one edit in three
/// letters is allowed. Of several equally near the first is taken.
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

/// "; did you mean 'steps'?", or `otherwise` if nothing is similar.
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates,
                       const std::string& otherwise = "");

}  // namespace zoo
