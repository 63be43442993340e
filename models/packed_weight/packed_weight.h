// Products of a weight with few rows each, as the steps of a recurrence make them.
#pragma once

#include <torch/types.h>

namespace zoo {

/// A weight in the order in which a product reads it. A library arranges it anew in each product,
/// which is a good part of the time where rows are few; here that is done once for all steps. Where
/// there is more than one thread when it is made, its products are the library's, which gives each
/// a share. For float32 and float64 on the CPU, without gradients.
///
/// Shapes: R rows, K features of one, N features that become of it.
class PackedWeight {
 public:
  /// weight [K, N], in any order in memory; it must not change as long as this is used.
  explicit PackedWeight(const torch::Tensor& weight);

  /// to [R, N] += rows [R, K] weight. Rows may stand apart in memory, the features of one not.
  void add_product(const torch::Tensor& rows, const torch::Tensor& to) const;

 private:
  torch::Tensor weight_;  // [K, N]
  torch::Tensor panels_;  // [ceil(N / C), K, C] with the columns C of a panel
};

}  // namespace zoo
