// Soft or hard: a mean over all places, or one of them.
#pragma once

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace zoo {

/// How attention weights become what the values are multiplied by.
enum class Selection : uint8_t {
  kSoft,     ///< the weights themselves: the expected value
  kSampled,  ///< one place, drawn with the weights as probabilities: hard attention in training
  kLargest   ///< the place with the largest weight, of equal ones the first
};

constexpr auto names_of(Selection) {
  return std::array<std::string_view, 3>{"soft", "sampled", "largest"};
}

/// Xu et al. (2015), "Show, Attend and Tell", arXiv:1502.03044, section 4: s_t of eq. 8 for hard
/// attention, alpha_t for soft attention.
///
/// weights [..., S] floating point, not negative; where a row sums to less than 1, what is drawn is
/// drawn in proportion. Returns the same shape: the weights, or 1 at the place and 0 elsewhere; a
/// row of zeros stays one. No gradients go through a choice; its draw comes from the default
/// generator of the device.
torch::Tensor select_places(const torch::Tensor& weights, Selection selection);

}  // namespace zoo
