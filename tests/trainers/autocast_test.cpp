#include "zoo/trainers/autocast.h"

#include <gtest/gtest.h>
#include <torch/nn/functional/loss.h>
#include <torch/torch.h>

#include "zoo/models/cross_entropy/linear_cross_entropy.h"

namespace zoo {
namespace {

using torch::Tensor;

TEST(AutocastTest, IsOfProductsWhileItLives) {
  const Tensor matrix = torch::ones({2, 2});
  {
    const Autocast autocast(Precision::kBfloat16, torch::kCPU);
    EXPECT_EQ(matrix.mm(matrix).scalar_type(), torch::kBFloat16);
    const Autocast none(Precision::kFloat32, torch::kCPU);
    EXPECT_EQ(matrix.mm(matrix).scalar_type(), torch::kBFloat16) << "float32 changes nothing";
    { const Autocast inner(Precision::kBfloat16, torch::kCPU); }
    EXPECT_EQ(matrix.mm(matrix).scalar_type(), torch::kBFloat16) << "an inner one ends alone";
  }
  EXPECT_EQ(matrix.mm(matrix).scalar_type(), torch::kFloat);
}

TEST(AutocastTest, LossesAndGradientsAreNearlyTheSame) {
  torch::manual_seed(1);
  torch::nn::Sequential model(torch::nn::Linear(32, 64), torch::nn::GELU(),
                              torch::nn::Linear(64, 16),
                              torch::nn::LayerNorm(torch::nn::LayerNormOptions({16})));
  const Tensor inputs = torch::randn({27, 32}), targets = torch::randint(4, 13, {27});
  const Tensor output = torch::randn({13, 16}, torch::requires_grad());
  const auto loss_at = [&](Precision precision) {
    output.mutable_grad().reset();
    Tensor loss;
    {
      const Autocast autocast(precision, torch::kCPU);
      loss = linear_cross_entropy(model->forward(inputs), output, {}, targets) / 27;
    }
    loss.backward();
    return loss.item<double>();
  };
  const double exact = loss_at(Precision::kFloat32);
  const Tensor gradient = output.grad().clone();
  EXPECT_NEAR(loss_at(Precision::kBfloat16), exact, 0.01 * exact);
  EXPECT_EQ(output.grad().scalar_type(), torch::kFloat);
  const Tensor difference = output.grad() - gradient;
  EXPECT_LT((difference.norm() / gradient.norm()).item<double>(), 0.02);
  EXPECT_GT(difference.abs().max().item<double>(), 0) << "was anything computed in fewer bits?";
}

}  // namespace
}  // namespace zoo
