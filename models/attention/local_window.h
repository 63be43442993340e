// Local attention: a window that moves over the source.
//
// Luong, Pham and Manning (2015), arXiv:1508.04025, section 3.2. Places and steps are counted from
// 0. The paper leaves open how the window's bounds are rounded; here its middle is the place next
// to p_t, of two the later one, and p_t itself stays as it is in the Gaussian.
//
// Shapes: B batch, T steps, S places of the padded source, H features of a state.
#pragma once

#include <torch/types.h>

namespace zoo {

/// local-m: p_t = t. [steps] of the type that `like` has, from `first` on.
torch::Tensor monotonic_centres(int64_t first, int64_t steps, const torch::Tensor& like);

/// Eq. 9, local-p: p_t = S sigm(v . tanh(W h)), S each source's own length.
///
/// projected [B, T, H], W h; vector v [H]; lengths [B] int64; returns [B, T] in 0..S.
torch::Tensor predicted_centres(const torch::Tensor& projected, const torch::Tensor& vector,
                                const torch::Tensor& lengths);

/// Whether place s is in the window, |s - round(p_t)| <= D.
///
/// centres [..., T], p_t; half_width D; returns [..., T, places] bool
torch::Tensor window_mask(const torch::Tensor& centres, int64_t half_width, int64_t places);

/// Eq. 10: exp(-(s - p_t)^2 / (2 sigma^2)) with sigma = D / 2, which weights are multiplied by.
///
/// centres [..., T], p_t; half_width D; returns [..., T, places] in 0..1
torch::Tensor gaussian_factors(const torch::Tensor& centres, int64_t half_width, int64_t places);

}  // namespace zoo
