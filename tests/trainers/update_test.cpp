// From a loss to an update: clipped, checked, applied.
#include "zoo/trainers/update.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <string>

#include "support/tensors.h"
#include "zoo/models/safetensors/safetensors.h"

namespace zoo {
namespace {

using torch::Tensor;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Tensor vector_of(std::vector<double> values) {
  return torch::tensor(values, torch::kDouble).requires_grad_();
}

/// Parameters `u` and `v` at 0, trained with plain steps of size 1 on losses whose gradient is
/// chosen: after one update they are the clipped gradient, negated.
struct Trained {
  explicit Trained(TrainerOptions options = {}) : update({{"u", u}, {"v", v}}, plain(options)) {}

  static TrainerOptions plain(TrainerOptions options) {
    options.optimizer = SgdOptions{.learning_rate = 1};
    return options;
  }

  Tensor loss(const std::vector<double>& of_u, const std::vector<double>& of_v) const {
    return (u * torch::tensor(of_u, torch::kDouble)).sum() +
           (v * torch::tensor(of_v, torch::kDouble)).sum();
  }

  Tensor u = vector_of({0, 0});
  Tensor v = vector_of({0});
  Update update;
};

void expect_moved_by(const Trained& trained, std::vector<double> u, double v) {
  EXPECT_NEAR(trained.u[0].item<double>(), -u[0], 1e-5);
  EXPECT_NEAR(trained.u[1].item<double>(), -u[1], 1e-5);
  EXPECT_NEAR(trained.v[0].item<double>(), -v, 1e-5);
}

TEST(Update, WithoutClippingAppliesTheGradient) {
  Trained trained;
  const auto norm = trained.update.apply(trained.loss({-6, 2}, {3}), 0);
  EXPECT_EQ(norm.dim(), 0);
  EXPECT_FALSE(norm.requires_grad());
  EXPECT_NEAR(norm.item<double>(), 7, 1e-12) << "sqrt(36 + 4 + 9)";
  expect_moved_by(trained, {-6, 2}, 3);
  trained.update.apply(trained.loss({1, 0}, {0}), 1);
  expect_moved_by(trained, {-5, 2}, 3);
}

TEST(Update, ClipsEachElementByValue) {
  Trained trained({.clip_value = 2.5});
  const auto norm = trained.update.apply(trained.loss({-6, 2}, {3}), 0);
  expect_moved_by(trained, {-2.5, 2}, 2.5);
  EXPECT_NEAR(norm.item<double>(), 7, 1e-12) << "before clipping";
}

TEST(Update, ClipsTheNormOfAllParametersTogether) {
  Trained trained({.clip_norm = 3.5});
  const auto norm = trained.update.apply(trained.loss({-6, 2}, {3}), 0);
  expect_moved_by(trained, {-3, 1}, 1.5);
  EXPECT_NEAR(norm.item<double>(), 7, 1e-12) << "before clipping";
  Trained gentle({.clip_norm = 7.5});
  gentle.update.apply(gentle.loss({-6, 2}, {3}), 0);
  EXPECT_EQ(gentle.u[0].item<double>(), 6) << "a smaller norm is left exactly as it is";
  Trained flat({.clip_norm = 1});
  EXPECT_EQ(flat.update.apply(flat.loss({0, 0}, {0}), 0).item<double>(), 0);
  EXPECT_EQ(flat.u[0].item<double>(), 0);
}

TEST(Update, ClipsByValueFirstAndThenByTheNormOfWhatIsLeft) {
  Trained trained({.clip_norm = 2.5, .clip_value = 4});
  const auto norm = trained.update.apply(trained.loss({3, 40}, {0}), 0);
  expect_moved_by(trained, {1.5, 2}, 0);
  EXPECT_NEAR(norm.item<double>(), std::sqrt(1609), 1e-12);
}

TEST(Update, FollowsTheSchedule) {
  Trained trained({.steps = 3, .schedule = StepSchedule{.every = 1, .factor = 0.5}});
  for (int64_t step = 0; step < 3; ++step) trained.update.apply(trained.loss({1, 0}, {0}), step);
  EXPECT_NEAR(trained.u[0].item<double>(), -1.75, 1e-12);
}

TEST(Update, LeavesWhatTheLossDoesNotDependOn) {
  Trained trained;
  trained.update.apply((trained.u * 2).sum(), 0);
  expect_moved_by(trained, {2, 2}, 0);
  trained.update.apply((trained.v * 1).sum(), 1);
  expect_moved_by(trained, {2, 2}, 1);
  const auto foreign = vector_of({1});
  EXPECT_THROW(trained.update.apply(foreign.sum(), 2), c10::Error);
}

/// A way for a step to go wrong, given a parameter that holds 0.
struct Breakage {
  std::string name;
  std::function<Tensor(const Tensor& zero)> loss;
};

std::vector<Breakage> breakages() {
  return {{"infinite_loss", [](const Tensor& zero) { return zero.sum() + kInfinity; }},
          {"nan_loss", [](const Tensor& zero) { return zero.sum() + kNan; }},
          {"infinite_gradient", [](const Tensor& zero) { return zero.sqrt().sum(); }},
          {"nan_gradient", [](const Tensor& zero) {
             return torch::where(zero > 0, zero.sqrt() * zero.rsqrt(), 0).sum();
           }}};
}

class UpdateBreakage : public testing::TestWithParam<OptimizerOptions> {};

TEST_P(UpdateBreakage, NothingChangesFromThatStepOn) {
  for (const auto& breakage : breakages()) {
    for (const double clip : {0.0, 1.0}) {
      const auto zero = vector_of({0, 0});
      const auto w = vector_of({1, 2, 3});
      Update update({{"zero", zero}, {"w", w}},
                    {.optimizer = GetParam(), .clip_norm = clip, .clip_value = clip});
      const auto sound = [&] { return (w * w).sum(); };
      for (int64_t step = 0; step < 4; ++step) update.apply(sound(), step);
      EXPECT_FALSE(update.first_non_finite_step()) << breakage.name;
      const auto before = bytes_of(update.parameters()) + bytes_of(update.state());
      update.apply(sound() + breakage.loss(zero), 4);
      EXPECT_EQ(update.first_non_finite_step(), 4) << breakage.name;
      update.apply(sound(), 5);
      update.apply(sound() + breakage.loss(zero), 6);
      EXPECT_EQ(bytes_of(update.parameters()) + bytes_of(update.state()), before) << breakage.name;
      EXPECT_EQ(update.first_non_finite_step(), 4) << breakage.name << ": the first one";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Each, UpdateBreakage,
                         testing::Values(RmspropOptions{}, AdamOptions{},
                                         SgdOptions{.momentum = 0.9}, AdadeltaOptions{}));

/// Ten updates of one layer on one batch, as python/optimizers.py makes them.
void compare_with_twin(const std::string& type, double tolerance) {
  const auto golden =
      read_safetensors(ZOO_TEST_DIR "/goldens/perceptron/adadelta_" + type + ".safetensors");
  const auto get = [&](const std::string& name) { return *golden.find(name); };
  const Tensor weight = get("parameters/weight").clone().requires_grad_();
  const Tensor bias = get("parameters/bias").clone().requires_grad_();
  Update update({{"weight", weight}, {"bias", bias}},
                {.optimizer = AdadeltaOptions{}, .clip_norm = 1});
  for (int64_t step = 0; step < 10; ++step) {
    const Tensor logits = torch::addmm(bias, get("inputs").flatten(0, 1), weight.t());
    const Tensor nats = torch::binary_cross_entropy_with_logits(
        logits, get("targets").flatten(0, 1), {}, {}, at::Reduction::None);
    const Tensor total = torch::mul(nats, get("mask").flatten().unsqueeze(1)).sum();
    update.apply(total / (std::numbers::ln2 * static_cast<double>(get("mask").size(0))), step);
  }
  for (const auto& [name, parameter] : update.parameters()) {
    const Tensor theirs = get("trained/" + name);
    EXPECT_FALSE(torch::equal(theirs, get("parameters/" + name)));
    EXPECT_LE((parameter.detach() - theirs).abs().max().item<double>(), tolerance) << name;
  }
}

TEST(Update, TrainsAsTheTwinDoesInFloat32) { compare_with_twin("float32", 1e-5); }

TEST(Update, TrainsAsTheTwinDoesInFloat64) { compare_with_twin("float64", 1e-10); }

TEST(Update, NoticesAnUpdateThatOverflows) {
  const auto w = torch::ones({3}).requires_grad_();
  Update update({{"w", w}, {"none", torch::empty({0}).requires_grad_()}},
                {.optimizer = SgdOptions{.learning_rate = 1e38}});
  update.apply((w * 1e-30).sum(), 0);
  EXPECT_FALSE(update.first_non_finite_step());
  update.apply((w * 1e5).sum(), 1);
  EXPECT_FALSE(torch::isfinite(w).any().item<bool>());
  EXPECT_EQ(update.first_non_finite_step(), 2) << "the step that cannot go well";
}

TEST(Update, NoGradientIsLeftFromTheStepBefore) {
  Trained trained;
  trained.update.apply(trained.loss({1, 1}, {1}), 0);
  trained.update.apply(trained.loss({1, 1}, {1}), 1);
  expect_moved_by(trained, {2, 2}, 2);
  EXPECT_EQ(trained.u.grad()[0].item<double>(), 1);
}

}  // namespace
}  // namespace zoo
