// The inner loops of products by a packed weight, on plain arrays. Private to PackedWeight.
#pragma once

#include <cstdint>
#include <vector>

namespace zoo::detail {

/// Columns of a panel: as many as fill a line of the cache.
template <class Scalar>
inline constexpr int kPanelColumns = 64 / static_cast<int>(sizeof(Scalar));

/// `to` [R, N] += `rows` [R, K] W. Between one row and the next lie `row_stride` and `to_stride`
/// numbers. `panels` [ceil(N / C), K, C] hold C = kPanelColumns columns of W [K, N] each, in the
/// last one what is beyond N may be anything.
template <class Scalar>
struct PanelProduct {
  const Scalar* rows;
  const Scalar* panels;
  Scalar* to;
  int64_t row_count;
  int64_t depth;  ///< K
  int64_t columns;
  int64_t row_stride;
  int64_t to_stride;
};

template <class Scalar>
using ProductKernel = void (*)(const PanelProduct<Scalar>&);

/// The loops as compiled for kinds of processors, those that this one can run, the best first. The
/// last one is for any.
template <class Scalar>
std::vector<ProductKernel<Scalar>> product_kernels();

extern template std::vector<ProductKernel<float>> product_kernels();
extern template std::vector<ProductKernel<double>> product_kernels();

}  // namespace zoo::detail
