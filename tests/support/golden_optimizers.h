// The optimisers that goldens were trained with, in the plainest form; models know no optimisers.
#pragma once

#include <torch/types.h>

#include <functional>
#include <vector>

#include "support/golden.h"

namespace zoo::testing_support {

/// Applies the gradients of the parameters to them.
using GoldenOptimizer = std::function<void(const std::vector<torch::Tensor>& parameters)>;

/// Graves (2013), arXiv:1308.0850, eq. 38 to 41, gradients clipped one by one.
GoldenOptimizer graves_rmsprop();

/// The one that the golden names, of those that models of sequences are trained with: Adadelta,
/// Adam or gradient descent.
GoldenOptimizer optimizer_of(const Golden& golden);

}  // namespace zoo::testing_support
