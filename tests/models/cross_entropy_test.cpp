#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/nn/functional/loss.h>

#include <cmath>

#include "support/message_of.h"
#include "zoo/models/cross_entropy/linear_cross_entropy.h"

namespace zoo {
namespace {

namespace F = torch::nn::functional;
using torch::Tensor;

// Rows of a vocabulary whose size is no multiple of a vector of the processor.
struct CrossEntropyCase {
  Tensor features, weight, bias, targets;

  explicit CrossEntropyCase(torch::Dtype dtype, bool with_bias = true) {
    torch::manual_seed(1);
    features = torch::randn({5, 3}, dtype).requires_grad_();
    weight = torch::randn({37, 3}, dtype).requires_grad_();
    if (with_bias) bias = torch::randn({37}, dtype).requires_grad_();
    targets = torch::tensor({0, 36, 17, 17, 4});
  }

  Tensor loss(double smoothing) const {
    return linear_cross_entropy(features, weight, bias, targets, smoothing);
  }

  // Made of LibTorch's parts.
  Tensor expected(double smoothing) const {
    Tensor logits = torch::matmul(features, weight.t());
    if (bias.defined()) logits = logits + bias;
    return F::cross_entropy(
        logits, targets,
        F::CrossEntropyFuncOptions().reduction(torch::kSum).label_smoothing(smoothing));
  }

  std::vector<Tensor> gradients(const Tensor& loss) const {
    std::vector<Tensor> inputs = {features, weight};
    if (bias.defined()) inputs.push_back(bias);
    // Times three: the gradient of the loss itself has to be passed on.
    return torch::autograd::grad({loss * 3}, inputs);
  }
};

void expect_agreement(const CrossEntropyCase& problem, double smoothing, double tolerance) {
  const Tensor loss = problem.loss(smoothing), expected = problem.expected(smoothing);
  EXPECT_TRUE(torch::allclose(loss, expected, tolerance, tolerance)) << loss << expected;
  const auto ours = problem.gradients(loss), theirs = problem.gradients(expected);
  for (size_t i = 0; i < ours.size(); ++i) {
    EXPECT_TRUE(torch::allclose(ours[i], theirs[i], tolerance, tolerance)) << i;
  }
  torch::NoGradGuard no_gradients;
  EXPECT_TRUE(torch::allclose(problem.loss(smoothing), expected, tolerance, tolerance));
}

TEST(LinearCrossEntropyTest, AgreesWithLibTorchInValuesAndGradients) {
  for (const bool with_bias : {true, false}) {
    for (const double smoothing : {0.0, 0.1}) {
      expect_agreement(CrossEntropyCase(torch::kDouble, with_bias), smoothing, 1e-12);
      expect_agreement(CrossEntropyCase(torch::kFloat, with_bias), smoothing, 1e-5);
    }
  }
}

// Two symbols with logits log 3 and 0, that is, with the probabilities 3/4 and 1/4.
TEST(LinearCrossEntropyTest, IsWhatTheEquationSays) {
  const Tensor features = torch::ones({1, 1}, torch::kDouble);
  const Tensor weight = torch::tensor({{std::log(3.0)}, {0.0}}, torch::kDouble);
  const Tensor first = torch::zeros({1}, torch::kLong);
  EXPECT_NEAR(linear_cross_entropy(features, weight, {}, first).item<double>(), std::log(4.0 / 3),
              1e-12);
  EXPECT_NEAR(linear_cross_entropy(features, weight, {}, first, 0.2).item<double>(),
              0.9 * std::log(4.0 / 3) + 0.1 * std::log(4), 1e-12);
}

TEST(LinearCrossEntropyTest, LargeLogitsDoNotOverflow) {
  const Tensor features = torch::full({2, 1}, 500.0).requires_grad_();
  const Tensor weight = torch::tensor({{1.0F}, {-1.0F}, {0.5F}});
  const Tensor loss = linear_cross_entropy(features, weight, {}, torch::tensor({0, 1}));
  EXPECT_NEAR(loss.item<double>(), 1000, 1e-3);
  loss.backward();
  EXPECT_TRUE(torch::isfinite(features.grad()).all().item<bool>());
}

TEST(LinearCrossEntropyTest, SaysWhatIsWrong) {
  CrossEntropyCase problem(torch::kFloat);
  problem.targets[1] = 37;
  EXPECT_EQ(message_of<c10::Error>([&] { problem.loss(0); }),
            "linear_cross_entropy: targets must be in 0..36, got 37");
  EXPECT_EQ(message_of<c10::Error>([&] { problem.loss(1); }),
            "linear_cross_entropy: smoothing must be at least 0 and below 1, got 1");
  problem.weight = torch::zeros({37, 4});
  EXPECT_EQ(message_of<c10::Error>([&] { problem.loss(0); }),
            "linear_cross_entropy: features [N, D], weight [V, D], bias [V] and targets [N] int64 "
            "do not fit: [5, 3], [37, 4], [37], [5]");
}

}  // namespace
}  // namespace zoo
