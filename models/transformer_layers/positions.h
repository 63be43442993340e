// How a Transformer is told the places of its symbols.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>

namespace zoo {

/// Section 3.5 of Vaswani et al. (2017), arXiv:1706.03762, for the places first .. first + count-1:
/// PE(p, 2i) = sin(p / 10000^(2i/M)), PE(p, 2i+1) = cos(p / 10000^(2i/M)).
///
/// size     M
/// returns  [count, M], made in double and rounded to the type of `like`, on its device
torch::Tensor sinusoids(int64_t first, int64_t count, int64_t size, const torch::Tensor& like);

/// Rows first .. first + count-1 of a table of learned positions [P, M]. Throws `c10::Error`,
/// naming `who`, beyond its end.
torch::Tensor learned_positions(const std::string& who, const torch::Tensor& table, int64_t first,
                                int64_t count);

}  // namespace zoo
