// Optimisers against scalar loops in double that follow the papers.
#include "zoo/trainers/optimizers/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "support/temporary_folder.h"
#include "support/tensors.h"
#include "zoo/datasets/random.h"

namespace zoo {
namespace {

using Tensors = std::vector<torch::Tensor>;

const torch::Tensor kGo = torch::zeros({}, torch::kFloat);
const torch::Tensor kSkip = torch::ones({}, torch::kFloat);

/// One parameter element: turns its value and gradient into its next value.
using Scalar = std::function<double(double parameter, double gradient, double learning_rate)>;

/// Graves (2013), eq. 38 to 41.
Scalar scalar_rmsprop(const RmspropOptions& options) {
  return [options, n = 0.0, m = 0.0, d = 0.0](double w, double q, double rate) mutable {
    n = options.decay * n + (1 - options.decay) * q * q;
    m = options.decay * m + (1 - options.decay) * q;
    d = options.momentum * d - rate * q / std::sqrt(n - m * m + options.epsilon);
    return w + d;
  };
}

/// Kingma and Ba (2015), algorithm 1; Loshchilov and Hutter (2019), algorithm 2.
Scalar scalar_adam(const AdamOptions& options) {
  return [options, m = 0.0, v = 0.0, t = 0](double w, double g, double rate) mutable {
    ++t;
    m = options.beta1 * m + (1 - options.beta1) * g;
    v = options.beta2 * v + (1 - options.beta2) * g * g;
    const double mean = m / (1 - std::pow(options.beta1, t));
    const double mean_square = v / (1 - std::pow(options.beta2, t));
    return w - rate * mean / (std::sqrt(mean_square) + options.epsilon) -
           rate * options.weight_decay * w;
  };
}

/// Sutskever et al. (2013) as PyTorch writes it: the learning rate stands outside the momentum.
Scalar scalar_sgd(const SgdOptions& options) {
  return [options, b = 0.0](double w, double g, double rate) mutable {
    b = options.momentum * b + g;
    return w - rate * (options.nesterov ? g + options.momentum * b : b);
  };
}

/// Zeiler (2012), algorithm 1, its update times a rate that it does not have.
Scalar scalar_adadelta(const AdadeltaOptions& options) {
  return [options, squares = 0.0, updates = 0.0](double x, double g, double rate) mutable {
    squares = options.rho * squares + (1 - options.rho) * g * g;
    const double update =
        -std::sqrt(updates + options.epsilon) / std::sqrt(squares + options.epsilon) * g;
    updates = options.rho * updates + (1 - options.rho) * update * update;
    return x + rate * update;
  };
}

Scalar scalar_of(const OptimizerOptions& options) {
  if (const auto* rmsprop = std::get_if<RmspropOptions>(&options)) return scalar_rmsprop(*rmsprop);
  if (const auto* adam = std::get_if<AdamOptions>(&options)) return scalar_adam(*adam);
  if (const auto* adadelta = std::get_if<AdadeltaOptions>(&options)) {
    return scalar_adadelta(*adadelta);
  }
  return scalar_sgd(std::get<SgdOptions>(options));
}

struct Case {
  std::string name;
  OptimizerOptions options;
  std::vector<std::string> state;  ///< in front of the parameter's name
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

const std::vector<Case>& cases() {
  static const std::vector<Case> cases = {
      {"rmsprop", RmspropOptions{}, {"mean_square", "mean", "update"}},
      {"rmsprop_plain",
       RmspropOptions{.decay = 0.5, .momentum = 0, .epsilon = 0.1},
       {"mean_square", "mean", "update"}},
      {"adam", AdamOptions{}, {"mean", "mean_square", "steps"}},
      {"adamw",
       AdamOptions{.beta1 = 0.8, .beta2 = 0.9, .epsilon = 1e-3, .weight_decay = 0.3},
       {"mean", "mean_square", "steps"}},
      {"sgd", SgdOptions{}, {}},
      {"momentum", SgdOptions{.momentum = 0.9}, {"update"}},
      {"nesterov", SgdOptions{.momentum = 0.7, .nesterov = true}, {"update"}},
      {"adadelta", AdadeltaOptions{}, {"mean_square", "mean_square_update"}},
      {"adadelta_short",
       AdadeltaOptions{.rho = 0.6, .epsilon = 0.01},
       {"mean_square", "mean_square_update"}}};
  return cases;
}

/// Those that walk through memory only where it has no gaps; the others are fused kernels.
bool takes_gaps(const OptimizerOptions& options) {
  return std::holds_alternative<RmspropOptions>(options) ||
         std::holds_alternative<AdadeltaOptions>(options);
}

torch::Tensor normal(Random& random, torch::IntArrayRef sizes, torch::Dtype dtype) {
  auto values = torch::empty(sizes, torch::kDouble);
  double* data = values.mutable_data_ptr<double>();
  for (int64_t i = 0; i < values.numel(); ++i) data[i] = static_cast<float>(random.normal());
  return values.to(dtype);
}

class OptimizerTest : public testing::TestWithParam<Case> {
 protected:
  NamedTensors make_parameters(torch::Dtype dtype) {
    return {{"a", normal(random_, {3, 5}, dtype)},
            {"b", normal(random_, {7}, dtype)},
            {"c", normal(random_, {5, 2}, dtype).t()}};
  }

  Tensors make_gradients(const NamedTensors& parameters) {
    Tensors gradients;
    for (const auto& [name, tensor] : parameters) {
      gradients.push_back(torch::empty_strided(tensor.sizes(), tensor.strides(), tensor.options()));
      gradients.back().copy_(normal(random_, tensor.sizes(), tensor.scalar_type()));
    }
    return gradients;
  }

  void compare(const NamedTensors& parameters, double tolerance);

  Random random_{1, 2};
};

// Ten steps at a rate that falls, every element on its own.
void OptimizerTest::compare(const NamedTensors& parameters, double tolerance) {
  std::vector<double> expected;
  std::vector<Scalar> scalars;
  for (const auto& [name, tensor] : parameters) {
    for (int64_t i = 0; i < tensor.numel(); ++i) {
      expected.push_back(tensor.reshape({-1})[i].item<double>());
      scalars.push_back(scalar_of(GetParam().options));
    }
  }
  const auto optimizer = make_optimizer(GetParam().options, parameters);
  for (int step = 0; step < 10; ++step) {
    const double rate = 0.02 / (1 + step);
    const auto gradients = make_gradients(parameters);
    optimizer->step(gradients, rate, kGo);
    size_t at = 0;
    for (size_t i = 0; i < parameters.size(); ++i) {
      for (int64_t k = 0; k < gradients[i].numel(); ++k, ++at) {
        const double gradient = gradients[i].reshape({-1})[k].item<double>();
        expected[at] = scalars[at](expected[at], gradient, rate);
        const double value = parameters[i].second.reshape({-1})[k].item<double>();
        ASSERT_NEAR(value, expected[at], tolerance) << "step " << step << ", element " << at;
      }
    }
  }
}

TEST_P(OptimizerTest, FollowsTheFormulasInFloat32) {
  compare(make_parameters(torch::kFloat), 1e-5);
}

TEST_P(OptimizerTest, FollowsTheFormulasInFloat64) {
  compare(make_parameters(torch::kDouble), 1e-12);
}

TEST_P(OptimizerTest, FollowsTheFormulasWhereMemoryHasGaps) {
  if (!takes_gaps(GetParam().options)) GTEST_SKIP() << "a fused kernel";
  compare({{"a", normal(random_, {3, 5}, torch::kDouble)},
           {"b", normal(random_, {7, 6}, torch::kDouble).slice(1, 0, 6, 2)}},
          1e-12);
}

TEST_P(OptimizerTest, NamesItsStateAfterTheParameters) {
  const auto parameters = make_parameters(torch::kFloat);
  const auto optimizer = make_optimizer(GetParam().options, parameters);
  std::vector<std::string> expected, names;
  for (const auto& moment : GetParam().state) {
    for (const char* name : {"a", "b", "c"}) expected.push_back(moment + "/" + name);
  }
  for (const auto& [name, tensor] : optimizer->state()) {
    names.push_back(name);
    EXPECT_EQ(tensor.count_nonzero().item<int64_t>(), 0) << name;
  }
  EXPECT_EQ(names, expected);
}

TEST_P(OptimizerTest, GoesOnFromItsStateInAnother) {
  const auto parameters = make_parameters(torch::kFloat);
  const auto first = make_optimizer(GetParam().options, parameters);
  first->step(make_gradients(parameters), 0.1, kGo);
  NamedTensors copies;
  for (const auto& [name, tensor] : parameters) copies.emplace_back(name, tensor.clone());
  const auto second = make_optimizer(GetParam().options, copies);
  load_weights(second->state(), Safetensors{first->state(), {}}, "state");
  const auto gradients = make_gradients(parameters);
  first->step(gradients, 0.1, kGo);
  second->step(gradients, 0.1, kGo);
  EXPECT_EQ(bytes_of(copies), bytes_of(parameters));
  EXPECT_EQ(bytes_of(second->state()), bytes_of(first->state()));
}

TEST_P(OptimizerTest, LeavesOutWhatHasNoGradient) {
  const auto parameters = make_parameters(torch::kFloat);
  const auto optimizer = make_optimizer(GetParam().options, parameters);
  optimizer->step(make_gradients(parameters), 0.1, kGo);
  const auto before = bytes_of(parameters[1].second);
  const auto other = bytes_of(parameters[0].second);
  std::string state_before, state_after;
  for (const auto& [name, tensor] : optimizer->state()) {
    if (name.ends_with("/b")) state_before += bytes_of(tensor);
  }
  auto gradients = make_gradients(parameters);
  gradients[1] = torch::Tensor();
  optimizer->step(gradients, 0.1, kGo);
  for (const auto& [name, tensor] : optimizer->state()) {
    if (name.ends_with("/b")) state_after += bytes_of(tensor);
  }
  EXPECT_EQ(bytes_of(parameters[1].second), before);
  EXPECT_EQ(state_after, state_before);
  EXPECT_NE(bytes_of(parameters[0].second), other);
  optimizer->step(Tensors(3), 0.1, kGo);  // none has one
  EXPECT_EQ(bytes_of(parameters[1].second), before);
}

TEST_P(OptimizerTest, ChangesNothingWhenToldToSkip) {
  const auto parameters = make_parameters(torch::kFloat);
  const auto optimizer = make_optimizer(GetParam().options, parameters);
  optimizer->step(make_gradients(parameters), 0.1, kGo);
  const auto before = bytes_of(parameters) + bytes_of(optimizer->state());
  auto gradients = make_gradients(parameters);
  optimizer->step(gradients, 0.1, kSkip);
  gradients[0].fill_(std::nan(""));
  optimizer->step(gradients, 0.1, kSkip);
  EXPECT_EQ(bytes_of(parameters) + bytes_of(optimizer->state()), before);
}

TEST_P(OptimizerTest, RefusesGradientsThatDoNotFit) {
  const auto parameters = make_parameters(torch::kFloat);
  const auto optimizer = make_optimizer(GetParam().options, parameters);
  auto gradients = make_gradients(parameters);
  gradients[0] = torch::ones({5, 3}).t();  // as many rows and columns, in another order
  const auto before = bytes_of(parameters);
  EXPECT_THROW(optimizer->step(gradients, 0.1, kGo), c10::Error);
  gradients[0] = torch::ones({5, 3});
  EXPECT_THROW(optimizer->step(gradients, 0.1, kGo), c10::Error);
  gradients.pop_back();
  EXPECT_THROW(optimizer->step(gradients, 0.1, kGo), c10::Error);
  EXPECT_EQ(bytes_of(parameters), before);
}

TEST_P(OptimizerTest, TheStrideOfASizeOfOneMeansNothing) {
  const NamedTensors parameters = {{"row", torch::zeros({1, 5})}};
  const auto optimizer = make_optimizer(GetParam().options, parameters);
  optimizer->step({torch::ones({5, 1}).t()}, 0.1, kGo);
  EXPECT_LT(parameters[0].second.max().item<float>(), 0);
}

INSTANTIATE_TEST_SUITE_P(Each, OptimizerTest, testing::ValuesIn(cases()),
                         [](const auto& each) { return each.param.name; });

/// The value of a single parameter that starts at 1, after a step along each gradient.
std::vector<double> path_of(const OptimizerOptions& options, std::vector<double> gradients) {
  const NamedTensors parameters = {{"w", torch::ones({1}, torch::kDouble)}};
  const auto optimizer = make_optimizer(options, parameters);
  std::vector<double> path;
  for (const double gradient : gradients) {
    optimizer->step({torch::full({1}, gradient, torch::kDouble)}, learning_rate_of(options), kGo);
    path.push_back(parameters[0].second.item<double>());
  }
  return path;
}

TEST(OptimizerByHand, Rmsprop) {
  // n = 2, m = 1, sqrt(2 - 1 + 0.21) = 1.1, so the update is -0.11 * 2 / 1.1 = -0.2.
  const RmspropOptions options{
      .learning_rate = 0.11, .decay = 0.5, .momentum = 0.5, .epsilon = 0.21};
  const auto path = path_of(options, {2, 0});
  EXPECT_NEAR(path[0], 0.8, 1e-15);
  EXPECT_NEAR(path[1], 0.7, 1e-15) << "half of the last update";
}

TEST(OptimizerByHand, Adadelta) {
  // E[g^2] = 2, so the update is -sqrt(0.25 / 2.25) * 2 = -2/3 and E[dx^2] = 2/9; then 1.5 and
  // sqrt((2/9 + 0.25) / 1.75) = sqrt(17 / 63).
  const AdadeltaOptions options{.rho = 0.5, .epsilon = 0.25};
  const auto path = path_of(options, {2, 1});
  EXPECT_NEAR(path[0], 1.0 / 3, 1e-15);
  EXPECT_NEAR(path[1], 1.0 / 3 - std::sqrt(17.0 / 63), 1e-15);
  const auto slow =
      path_of(AdadeltaOptions{.learning_rate = 0.5, .rho = 0.5, .epsilon = 0.25}, {2, 1});
  EXPECT_NEAR(slow[1], 2.0 / 3 - std::sqrt(17.0 / 63) / 2, 1e-15)
      << "the factor is not part of what is remembered";
}

TEST(OptimizerByHand, AdamMovesByTheLearningRateFirst) {
  EXPECT_NEAR(path_of(AdamOptions{.learning_rate = 0.1, .epsilon = 1e-15}, {-3})[0], 1.1, 1e-14);
  EXPECT_NEAR(path_of(AdamOptions{.learning_rate = 0.1, .epsilon = 1}, {-1})[0], 1.05, 1e-14);
  const AdamOptions decayed{.learning_rate = 0.1, .epsilon = 1e-15, .weight_decay = 0.5};
  EXPECT_NEAR(path_of(decayed, {-3})[0], 1.05, 1e-14) << "1 - 0.1 * 0.5 * 1 + 0.1";
}

TEST(OptimizerByHand, Sgd) {
  EXPECT_NEAR(path_of(SgdOptions{.learning_rate = 0.1}, {2, 2})[1], 0.6, 1e-15);
  const SgdOptions momentum{.learning_rate = 0.1, .momentum = 0.5};
  EXPECT_NEAR(path_of(momentum, {2, 2})[1], 0.5, 1e-15) << "1 - 0.1 * 2 - 0.1 * 3";
  const SgdOptions nesterov{.learning_rate = 0.1, .momentum = 0.5, .nesterov = true};
  EXPECT_NEAR(path_of(nesterov, {2})[0], 0.7, 1e-15) << "1 - 0.1 * (2 + 0.5 * 2)";
}

TEST(Optimizer, RmspropSurvivesAVarianceThatRoundingMakesNegative) {
  const NamedTensors parameters = {{"w", torch::zeros({1000})}};
  const auto optimizer = make_optimizer(RmspropOptions{.decay = 0.7}, parameters);
  const auto gradient = torch::linspace(1000, 5000, 1000);
  for (int step = 0; step < 100; ++step) optimizer->step({gradient}, 1e-6, kGo);
  EXPECT_TRUE(torch::isfinite(parameters[0].second).all().item<bool>());
}

TEST(Optimizer, NeedsParameters) {
  EXPECT_THROW(make_optimizer(SgdOptions{}, {}), c10::Error);
  EXPECT_EQ(learning_rate_of(RmspropOptions{.learning_rate = 0.3}), 0.3);
  EXPECT_EQ(learning_rate_of(AdamOptions{.learning_rate = 0.4}), 0.4);
  EXPECT_EQ(learning_rate_of(SgdOptions{.learning_rate = 0.5}), 0.5);
  EXPECT_EQ(learning_rate_of(AdadeltaOptions{}), 1);
}

}  // namespace
}  // namespace zoo
