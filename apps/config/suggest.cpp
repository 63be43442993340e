#include "zoo/apps/config/suggest.h"

#include <algorithm>
#include <cstddef>

namespace zoo {
namespace {

std::string spelling_key(std::string_view word) {
  std::string key(word);
  for (char& letter : key) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    if (letter == '-') letter = '_';
  }
  return key;
}

size_t edit_distance(const std::string& a, const std::string& b) {
  // The last three rows of the table; a swap reaches two rows back.
  std::vector<size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitution = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, substitution});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates) {
  constexpr size_t kLongestWord = 200;  // the table grows with the square
  if (word.empty() || word.size() > kLongestWord) return std::nullopt;
  const std::string key = spelling_key(word);
  std::optional<std::string> best;
  size_t best_distance = 0;
  for (const auto& candidate : candidates) {
    const size_t longest = std::max(key.size(), candidate.size());
    const size_t shortest = std::min(key.size(), candidate.size());
    const size_t allowed = std::max<size_t>(1, longest / 3);
    if (longest - shortest > allowed) continue;
    const size_t distance = edit_distance(key, spelling_key(candidate));
    if (distance > allowed || distance >= shortest) continue;
    if (!best || distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates,
                       const std::string& otherwise) {
  const auto similar = nearest(word, candidates);
  return similar ? "; did you mean '" + *similar + "'?" : otherwise;
}

}  // namespace zoo
