#include "zoo/models/packed_weight/packed_weight.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <tuple>

#include "zoo/models/packed_weight/panel_kernel.h"

namespace zoo {
namespace {

using torch::Tensor;

// Rows, K and N: whole tiles and parts of them, depths of one block and of several.
using Sizes = std::tuple<int64_t, int64_t, int64_t>;

class PackedWeightTest : public testing::TestWithParam<Sizes> {
 protected:
  static Tensor random(int64_t rows, int64_t columns, torch::Dtype type = torch::kDouble) {
    return torch::randn({rows, columns}, type);
  }
};
INSTANTIATE_TEST_SUITE_P(Sizes, PackedWeightTest,
                         testing::Values(Sizes{12, 256, 32}, Sizes{1, 1, 1}, Sizes{7, 300, 19},
                                         Sizes{5, 3, 8}, Sizes{9, 513, 24}, Sizes{10, 20, 7},
                                         Sizes{0, 4, 5}));

TEST_P(PackedWeightTest, AddsTheProduct) {
  torch::manual_seed(1);
  const auto [count, depth, columns] = GetParam();
  const Tensor rows = random(count, depth), weight = random(depth, columns),
               to = random(count, columns), expected = to + torch::mm(rows, weight);
  PackedWeight(weight).add_product(rows, to);
  EXPECT_TRUE(torch::allclose(to, expected, 0, 1e-11));
}

// A weight lies as [N, K], rows and sums are parts of wider tensors, of which nothing else changes.
TEST_P(PackedWeightTest, TakesWhatStandsApart) {
  torch::manual_seed(2);
  const auto [count, depth, columns] = GetParam();
  const Tensor weight = random(columns, depth), wide_rows = random(count, depth + 3),
               wide_to = random(count, columns + 5), expected = wide_to.clone();
  const Tensor rows = wide_rows.narrow(1, 2, depth);
  expected.narrow(1, 1, columns).add_(torch::mm(rows, weight.t()));
  PackedWeight(weight.t()).add_product(rows, wide_to.narrow(1, 1, columns));
  EXPECT_TRUE(torch::allclose(wide_to, expected, 0, 1e-11));
}

TEST_P(PackedWeightTest, DoesTheSameWithTwoThreads) {
  torch::manual_seed(3);
  const auto [count, depth, columns] = GetParam();
  const Tensor rows = random(count, depth), weight = random(depth, columns),
               to = torch::zeros({count, columns}, torch::kDouble);
  const int threads = at::get_num_threads();
  at::set_num_threads(2);
  PackedWeight(weight).add_product(rows, to);
  at::set_num_threads(threads);
  EXPECT_TRUE(torch::allclose(to, torch::mm(rows, weight), 0, 1e-11));
}

// Those of this processor and those of older ones.
TEST_P(PackedWeightTest, HasKernelsThatAgree) {
  torch::manual_seed(4);
  const auto [count, depth, columns] = GetParam();
  constexpr int64_t kColumns = detail::kPanelColumns<float>;
  const int64_t panel_count = (columns + kColumns - 1) / kColumns;
  const Tensor rows = random(count, depth, torch::kFloat),
               panels = torch::randn({panel_count, depth, kColumns});
  const Tensor weight = panels.transpose(0, 1).reshape({depth, -1}).narrow(1, 0, columns);
  const Tensor expected = torch::mm(rows.to(torch::kDouble), weight.to(torch::kDouble));
  const auto kernels = detail::product_kernels<float>();
  ASSERT_FALSE(kernels.empty());
  for (const auto kernel : kernels) {
    const Tensor to = torch::zeros({count, columns});
    kernel({.rows = rows.const_data_ptr<float>(),
            .panels = panels.const_data_ptr<float>(),
            .to = to.data_ptr<float>(),
            .row_count = count,
            .depth = depth,
            .columns = columns,
            .row_stride = depth,
            .to_stride = columns});
    EXPECT_TRUE(torch::allclose(to.to(torch::kDouble), expected, 1e-5, 1e-4));
  }
}

TEST(PackedWeight, RefusesWhatDoesNotFit) {
  const PackedWeight weight(torch::zeros({3, 4}));
  const auto zeros = [](int64_t rows, int64_t columns) { return torch::zeros({rows, columns}); };
  EXPECT_THROW(weight.add_product(zeros(2, 4), zeros(2, 4)), c10::Error);
  EXPECT_THROW(weight.add_product(zeros(2, 3), zeros(2, 3)), c10::Error);
  EXPECT_THROW(weight.add_product(zeros(2, 3), zeros(1, 4)), c10::Error);
  EXPECT_THROW(weight.add_product(zeros(3, 2).t(), zeros(2, 4)), c10::Error);
  EXPECT_THROW(weight.add_product(zeros(2, 3), zeros(4, 2).t()), c10::Error);
  EXPECT_THROW(weight.add_product(zeros(2, 3).to(torch::kDouble), zeros(2, 4)), c10::Error);
}

}  // namespace
}  // namespace zoo
