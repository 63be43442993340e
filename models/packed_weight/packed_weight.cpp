#include "zoo/models/packed_weight/packed_weight.h"

#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>

#include <algorithm>

#include "zoo/models/packed_weight/panel_kernel.h"

namespace zoo {

using torch::Tensor;

namespace {

// [ceil(N / C), K, C] of weight [K, N].
template <class Scalar>
Tensor panels_of(const Tensor& weight) {
  constexpr int64_t kColumns = detail::kPanelColumns<Scalar>;
  const int64_t depth = weight.size(0), columns = weight.size(1);
  const int64_t down = weight.stride(0), along = weight.stride(1);
  const Tensor panels =
      torch::zeros({(columns + kColumns - 1) / kColumns, depth, kColumns}, weight.options());
  const auto* from = weight.const_data_ptr<Scalar>();
  auto* to = panels.data_ptr<Scalar>();
  for (int64_t first = 0; first < columns; first += kColumns, to += depth * kColumns) {
    const int64_t width = std::min(kColumns, columns - first);
    const auto copy = [=](int64_t k, int64_t column) {
      to[k * kColumns + column] = from[k * down + (first + column) * along];
    };
    if (along < down) {  // in the order of memory
      for (int64_t k = 0; k < depth; ++k) {
        for (int64_t column = 0; column < width; ++column) copy(k, column);
      }
    } else {
      for (int64_t column = 0; column < width; ++column) {
        for (int64_t k = 0; k < depth; ++k) copy(k, column);
      }
    }
  }
  return panels;
}

template <class Scalar>
void add_product_of(const Tensor& rows, const Tensor& panels, const Tensor& to) {
  static const auto kernel = detail::product_kernels<Scalar>().front();
  kernel({.rows = rows.const_data_ptr<Scalar>(),
          .panels = panels.const_data_ptr<Scalar>(),
          .to = to.data_ptr<Scalar>(),
          .row_count = rows.size(0),
          .depth = rows.size(1),
          .columns = to.size(1),
          .row_stride = rows.stride(0),
          .to_stride = to.stride(0)});
}

}  // namespace

PackedWeight::PackedWeight(const Tensor& weight) : weight_(weight) {
  if (at::get_num_threads() > 1) return;
  AT_DISPATCH_FLOATING_TYPES(weight.scalar_type(), "PackedWeight",
                             [&] { panels_ = panels_of<scalar_t>(weight); });
}

void PackedWeight::add_product(const Tensor& rows, const Tensor& to) const {
  TORCH_CHECK(rows.size(1) == weight_.size(0) && to.size(1) == weight_.size(1) &&
                  rows.size(0) == to.size(0) && rows.stride(1) == 1 && to.stride(1) == 1,
              "PackedWeight: rows ", rows.sizes(), ", weight ", weight_.sizes(), " and sum ",
              to.sizes(), " do not fit, or features stand apart");
  if (!panels_.defined()) {
    to.addmm_(rows, weight_);
    return;
  }
  AT_DISPATCH_FLOATING_TYPES(to.scalar_type(), "PackedWeight",
                             [&] { add_product_of<scalar_t>(rows, panels_, to); });
}

}  // namespace zoo
