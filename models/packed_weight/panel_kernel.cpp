#include "zoo/models/packed_weight/panel_kernel.h"

#include <algorithm>
#include <utility>

#include "zoo/models/vector_math/vector_math.h"

namespace zoo::detail {
namespace {

// With six rows the sums of a tile, 64 bytes wide, fill 12 of the 16 registers of 32 bytes.
constexpr int kTileRows = 6;
// As much of a panel, 16 KiB, stays in the nearest cache while all rows go by.
constexpr int64_t kDepth = 256;

// Vectors are spelt out here, each function for processors that have them: left to the compiler,
// the sums would not stay in registers. Registers of kBytes; where they are read from need not be
// aligned.
template <class Scalar, int kBytes>
struct Register {
  typedef Scalar type
      __attribute__((vector_size(kBytes), aligned(alignof(Scalar)), may_alias));  // NOLINT
};

// kRows rows, all columns of one panel.
template <class Scalar, int kBytes, int kRows>
ZOO_INLINE_KERNEL void add_tile(const PanelProduct<Scalar>& tile) {
  using Vector = typename Register<Scalar, kBytes>::type;
  constexpr int kLanes = kBytes / static_cast<int>(sizeof(Scalar)),
                kParts = kPanelColumns<Scalar> / kLanes;
  Vector sums[kRows][kParts] = {};
  // What they are added to can be far away; it comes while they are made.
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) __builtin_prefetch(tile.to + r * tile.to_stride, 1);
  for (int64_t k = 0; k < tile.depth; ++k) {
    Vector weights[kParts];
#pragma GCC unroll 4
    for (int part = 0; part < kParts; ++part) {
      weights[part] =
          *reinterpret_cast<const Vector*>(tile.panels + k * kPanelColumns<Scalar> + part * kLanes);
    }
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
      for (int part = 0; part < kParts; ++part) {
        sums[r][part] += tile.rows[r * tile.row_stride + k] * weights[part];
      }
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (int part = 0; part < kParts; ++part) {
      *reinterpret_cast<Vector*>(tile.to + r * tile.to_stride + part * kLanes) += sums[r][part];
    }
  }
}

// Up to kRows rows.
template <class Scalar, int kBytes, int kRows>
ZOO_INLINE_KERNEL void add_rows(const PanelProduct<Scalar>& tile) {
  if constexpr (kRows > 0) {
    if (tile.row_count == kRows) {
      add_tile<Scalar, kBytes, kRows>(tile);
    } else {
      add_rows<Scalar, kBytes, kRows - 1>(tile);
    }
  }
}

// Up to kTileRows rows, and the columns of one panel that there are.
template <class Scalar, int kBytes>
ZOO_INLINE_KERNEL void add_part(PanelProduct<Scalar> tile) {
  constexpr int kColumns = kPanelColumns<Scalar>;
  if (tile.columns >= kColumns) return add_rows<Scalar, kBytes, kTileRows>(tile);
  Scalar whole[kTileRows * kColumns] = {};
  Scalar* to = tile.to;
  for (int64_t r = 0; r < tile.row_count; ++r) {
    std::copy_n(to + r * tile.to_stride, tile.columns, whole + r * kColumns);
  }
  const int64_t stride = std::exchange(tile.to_stride, kColumns);
  tile.to = whole;
  add_rows<Scalar, kBytes, kTileRows>(tile);
  for (int64_t r = 0; r < tile.row_count; ++r) {
    std::copy_n(whole + r * kColumns, tile.columns, to + r * stride);
  }
}

template <class Scalar, int kBytes>
ZOO_INLINE_KERNEL void add_product(const PanelProduct<Scalar>& all) {
  constexpr int64_t kColumns = kPanelColumns<Scalar>;
  for (int64_t k = 0; k < all.depth; k += kDepth) {
    for (int64_t column = 0; column < all.columns; column += kColumns) {
      for (int64_t row = 0; row < all.row_count; row += kTileRows) {
        add_part<Scalar, kBytes>({.rows = all.rows + row * all.row_stride + k,
                                  .panels = all.panels + column * all.depth + k * kColumns,
                                  .to = all.to + row * all.to_stride + column,
                                  .row_count = std::min<int64_t>(kTileRows, all.row_count - row),
                                  .depth = std::min(kDepth, all.depth - k),
                                  .columns = all.columns - column,
                                  .row_stride = all.row_stride,
                                  .to_stride = all.to_stride});
      }
    }
  }
}

template <class Scalar>
void add_product_anywhere(const PanelProduct<Scalar>& all) {
  add_product<Scalar, 16>(all);
}

#ifdef __x86_64__
template <class Scalar>
__attribute__((target("avx2,fma"))) void add_product_avx2(const PanelProduct<Scalar>& all) {
  add_product<Scalar, 32>(all);
}

template <class Scalar>
__attribute__((target("avx512f"))) void add_product_avx512(const PanelProduct<Scalar>& all) {
  add_product<Scalar, 64>(all);
}
#endif

}  // namespace

template <class Scalar>
std::vector<ProductKernel<Scalar>> product_kernels() {
  std::vector<ProductKernel<Scalar>> kernels;
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f")) kernels.push_back(add_product_avx512<Scalar>);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    kernels.push_back(add_product_avx2<Scalar>);
  }
#endif
  kernels.push_back(add_product_anywhere<Scalar>);
  return kernels;
}

template std::vector<ProductKernel<float>> product_kernels();
template std::vector<ProductKernel<double>> product_kernels();

}  // namespace zoo::detail
