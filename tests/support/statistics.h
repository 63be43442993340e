// Whether what was drawn follows its distribution.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace zoo {

/// Sum over cells of (seen - expected)^2 / expected.
inline double chi_square(const std::vector<int64_t>& seen,
                         const std::vector<double>& probabilities) {
  double total = 0;
  for (const int64_t count : seen) total += static_cast<double>(count);
  double sum = 0;
  for (size_t i = 0; i < seen.size(); ++i) {
    const double expected = total * probabilities[i];
    const double excess = static_cast<double>(seen[i]) - expected;
    sum += excess * excess / expected;
  }
  return sum;
}

/// All cells being equally likely.
inline double chi_square(const std::vector<int64_t>& seen) {
  const auto cells = seen.size();
  return chi_square(seen, std::vector<double>(cells, 1 / static_cast<double>(cells)));
}

}  // namespace zoo
