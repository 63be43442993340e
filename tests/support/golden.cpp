#include "support/golden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "support/golden_optimizers.h"

namespace zoo::testing_support {
namespace {

using torch::Tensor;

constexpr int kSteps = 10;

/// What a model is trained with on the golden's problem.
struct Recipe {
  std::function<Tensor(const Tensor& logits)> loss;
  GoldenOptimizer step;
};

Tensor bits_per_sequence(const Tensor& logits, const Golden& golden) {
  const Tensor nats = torch::binary_cross_entropy_with_logits(logits, golden["targets"], {}, {},
                                                              at::Reduction::None);
  const Tensor counted = torch::mul(nats, golden["mask"].unsqueeze(-1));
  return counted.sum() / (std::numbers::ln2 * static_cast<double>(logits.size(0)));
}

// Of the right answer up to its end, averaged over the batch.
Tensor nats_per_answer(const Tensor& logits, const Golden& golden) {
  const Tensor targets = golden["targets"];
  const Tensor chosen = torch::log_softmax(logits, -1).gather(2, targets.unsqueeze(2)).squeeze(2);
  const Tensor steps = torch::arange(targets.size(1)).unsqueeze(0);
  const Tensor counted = steps < golden["target_lengths"].unsqueeze(1);
  return -chosen.masked_fill(counted.logical_not(), 0).sum() / static_cast<double>(logits.size(0));
}

// Of each symbol of the target, its end included, with label smoothing.
Tensor nats_per_symbol(const Tensor& logits, const Golden& golden, double smoothing) {
  const Tensor target = golden["target"];
  const Tensor log_probabilities = torch::log_softmax(logits, -1);
  const Tensor right = log_probabilities.gather(2, target.unsqueeze(2)).squeeze(2);
  const Tensor losses = -(1 - smoothing) * right - smoothing * log_probabilities.mean(2);
  const Tensor counted =
      torch::arange(target.size(1)).unsqueeze(0) < golden["target_lengths"].unsqueeze(1);  // [B, T]
  return losses.masked_fill(counted.logical_not(), 0).sum() /
         golden["target_lengths"].sum().item<double>();
}

// Starts from the golden's parameters; compares outputs, loss and gradients, then trains.
void compare(const Golden& golden, torch::nn::Module& module,
             const std::function<Tensor()>& forward, const Recipe& recipe) {
  module.to(golden["outputs"].scalar_type());
  const auto load = [&](const std::string& name, Tensor tensor) {
    torch::NoGradGuard no_grad;
    tensor.copy_(golden["parameters/" + name]);
  };
  for (const auto& item : module.named_parameters()) load(item.key(), item.value());
  for (const auto& item : module.named_buffers()) load(item.key(), item.value());
  for (int i = 0; i < kSteps; ++i) {
    module.zero_grad();
    const Tensor logits = forward();
    const Tensor loss = recipe.loss(logits);
    loss.backward();
    if (i == 0) {
      golden.expect_near(logits.detach(), "outputs");
      golden.expect_near(loss.detach(), "loss");
      for (const auto& item : module.named_parameters()) {
        golden.expect_near(item.value().grad(), "gradients/" + item.key());
      }
    }
    recipe.step(module.parameters());
  }
  for (const auto& item : module.named_parameters()) {
    golden.expect_near(item.value().detach(), "trained/" + item.key());
  }
}

}  // namespace

Tensor Golden::operator[](const std::string& tensor) const {
  const Tensor* found = file.find(tensor);
  TORCH_CHECK(found, name, " has no tensor ", tensor);
  return *found;
}

void Golden::expect_near(const Tensor& ours, const std::string& tensor) const {
  const Tensor theirs = (*this)[tensor];
  ASSERT_EQ(ours.sizes(), theirs.sizes()) << name << " " << tensor;
  const double tolerance = theirs.scalar_type() == torch::kFloat ? 1e-5 : 1e-10;
  const Tensor infinite = theirs.isinf();
  EXPECT_TRUE(torch::equal(ours.masked_select(infinite), theirs.masked_select(infinite)))
      << name << " " << tensor;
  const Tensor difference =
      ((ours - theirs).abs() / theirs.abs().clamp_min(1)).masked_fill(infinite, 0);
  EXPECT_LE(difference.max().item<double>(), tolerance) << name << " " << tensor;
}

Golden read_golden(const std::string& name) {
  Golden golden{name, read_safetensors(ZOO_TEST_DIR "/goldens/" + name + ".safetensors"), ""};
  golden.options = golden.file.metadata.at("options");
  return golden;
}

void check_transduction_golden(const Golden& golden, torch::nn::Module& module,
                               const std::function<Tensor(const Tensor&)>& forward) {
  compare(golden, module, [&] { return forward(golden["inputs"]); },
          {.loss = [&](const Tensor& logits) { return bits_per_sequence(logits, golden); },
           .step = graves_rmsprop()});
}

void check_pointing_golden(
    const Golden& golden, torch::nn::Module& module,
    const std::function<Tensor(const Tensor&, const Tensor&, const Tensor&)>& forward) {
  compare(golden, module,
          [&] { return forward(golden["points"], golden["lengths"], golden["targets"]); },
          {.loss = [&](const Tensor& logits) { return nats_per_answer(logits, golden); },
           .step = optimizer_of(golden)});
}

void check_translation_golden(
    const Golden& golden, torch::nn::Module& module,
    const std::function<Tensor(const Tensor&, const Tensor&, const Tensor&)>& forward,
    double label_smoothing) {
  compare(
      golden, module,
      [&] { return forward(golden["source"], golden["source_lengths"], golden["target"]); },
      {.loss =
           [&](const Tensor& logits) { return nats_per_symbol(logits, golden, label_smoothing); },
       .step = optimizer_of(golden)});
}

void check_language_golden(const Golden& golden, torch::nn::Module& module,
                           const std::function<Tensor(const Tensor&)>& forward) {
  compare(golden, module, [&] { return forward(golden["tokens"]); },
          {.loss = [&](const Tensor& logits) { return nats_per_symbol(logits, golden, 0); },
           .step = optimizer_of(golden)});
}

}  // namespace zoo::testing_support
