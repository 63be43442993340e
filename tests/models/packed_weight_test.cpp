#include "zoo/models/packed_weight/packed_weight.h"

#include <gtest/gtest.h>

#include <tuple>
#include <vector>

#include "support/threads.h"
#include "zoo/models/packed_weight/panel_kernel.h"

namespace zoo {
namespace {

using testing_support::Threads;
using torch::Tensor;

// Rows, K and N: whole tiles and parts of them, depths of one block and of several.
using Sizes = std::tuple<int64_t, int64_t, int64_t>;

class PackedWeightTest : public testing::TestWithParam<Sizes> {
 protected:
  const Threads one_{1};

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
  const Threads two(2);
  PackedWeight(weight).add_product(rows, to);
  EXPECT_TRUE(torch::allclose(to, torch::mm(rows, weight), 0, 1e-11));
}

// What all kernels that run here, this processor's and those of older ones, make of zeros.
template <class Scalar>
std::vector<Tensor> products(const Tensor& rows, const Tensor& panels, int64_t columns) {
  std::vector<Tensor> all;
  for (const auto kernel : detail::product_kernels<Scalar>()) {
    all.push_back(torch::zeros({rows.size(0), columns}, rows.options()));
    kernel({.rows = rows.const_data_ptr<Scalar>(),
            .panels = panels.const_data_ptr<Scalar>(),
            .to = all.back().template data_ptr<Scalar>(),
            .row_count = rows.size(0),
            .depth = rows.size(1),
            .columns = columns,
            .row_stride = rows.size(1),
            .to_stride = columns});
  }
  return all;
}

TEST_P(PackedWeightTest, HasKernelsThatAgree) {
  torch::manual_seed(4);
  const auto [count, depth, columns] = GetParam();
  for (const auto type : {torch::kFloat, torch::kDouble}) {
    const bool is_float = type == torch::kFloat;
    const int64_t width = is_float ? detail::kPanelColumns<float> : detail::kPanelColumns<double>;
    const Tensor rows = random(count, depth, type),
                 panels = torch::randn({(columns + width - 1) / width, depth, width}, type);
    const Tensor weight = panels.transpose(0, 1).reshape({depth, -1}).narrow(1, 0, columns);
    const Tensor expected = torch::mm(rows.to(torch::kDouble), weight.to(torch::kDouble));
    const auto all =
        is_float ? products<float>(rows, panels, columns) : products<double>(rows, panels, columns);
    ASSERT_FALSE(all.empty());
    for (const Tensor& each : all) {
      EXPECT_TRUE(torch::allclose(each.to(torch::kDouble), expected, 0, is_float ? 1e-4 : 1e-11));
    }
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
